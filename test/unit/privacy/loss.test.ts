/**
 * The claim itself, by brute force and without rounding: over all neighbouring inputs of a small grid, the probability
 * of every list changes by no more than e^epsilon. Fractions of BigInts; the epsilon that is stated is compared as the
 * exact fraction that the double is.
 */
import { describe, expect, it } from "vitest";
import { parametersOf } from "../../../src/core/explore/parameters.ts";
import { privatePlackettLuce } from "../../../src/core/explore/privatePlackettLuce.ts";
import { publicSteps, weightsOf } from "../../../src/core/privacy/grid.ts";
import { mechanismOf } from "../../../src/core/privacy/mechanism.ts";
import { rankPrivately } from "../../../src/core/privacy/rank.ts";
import { wordsOf } from "../../../src/core/privacy/words.ts";
import { listsOf } from "../../conformance/explore/definitions.ts";
import {
  equals,
  exactly,
  exceeds,
  expBelow,
  type Fraction,
  fraction,
  ONE,
  over,
  times,
} from "../../support/rational.ts";
import { hexOf } from "../../support/seededNoise.ts";

const PARAMETERS = parametersOf(privatePlackettLuce, { range: 3, residual: 2, step: 0.4, scoreGrid: 1, bits: 16 });
const MECHANISM = mechanismOf(PARAMETERS);
/** Public scores reach beyond the range, private ones beyond the clip. */
const PUBLIC = [0, 1, 2, 3, 5];
const PRIVATE = [-7, -1, 0, 1, 7];

/** Every list of n values. */
function vectors(values: readonly number[], n: number): number[][] {
  if (n === 0) return [[]];
  return vectors(values, n - 1).flatMap((head) => values.map((value) => [...head, value]));
}

/** The weights of all neighbours of one public vector, each once. */
function neighbours(publicScores: readonly number[]): number[][] {
  const publicScore = Float32Array.from(publicScores);
  const seen = new Map<string, number[]>();
  for (const residuals of vectors(PRIVATE, publicScores.length)) {
    const score = publicScore.map((value, i) => value + residuals[i]);
    const weight = Array.from(weightsOf({ score, publicScore }, MECHANISM));
    seen.set(weight.join(), weight);
  }
  return [...seen.values()];
}

/** Probability of the list, slot by slot, as the definition says it. */
function probability(weight: readonly number[], list: readonly number[]): Fraction {
  const left = new Set(weight.keys());
  let joint = ONE;
  for (const item of list) {
    const sum = [...left].reduce((total, i) => total + BigInt(weight[i]), 0n);
    joint = times(joint, fraction(BigInt(weight[item]), sum));
    left.delete(item);
  }
  return joint;
}

/** The largest ratio of probabilities of one list under two neighbours. */
function worstLoss(weights: readonly (readonly number[])[], slots: number): Fraction {
  let worst = ONE;
  for (const list of listsOf(weights[0].length, slots)) {
    let most = fraction(0, 1);
    let least = ONE;
    for (const weight of weights) {
      const p = probability(weight, list);
      if (exceeds(p, most)) most = p;
      if (exceeds(least, p)) least = p;
    }
    const loss = over(most, least);
    if (exceeds(loss, worst)) worst = loss;
  }
  return worst;
}

/** Epsilon as it is logged for this shape of request. */
function stated(publicScores: readonly number[], slots: number): number {
  const publicScore = Float32Array.from(publicScores);
  const words = wordsOf(hexOf(new Array(6 * slots).fill(0)));
  const scores = { score: publicScore, publicScore };
  return rankPrivately({ scores, parameters: PARAMETERS, personal: true, slots, words }).epsilon;
}

describe("the privacy loss over all neighbouring inputs of a small grid", () => {
  it.each([1, 2, 3])("never exceeds the epsilon that is stated, %d slots of three items", (slots) => {
    for (const publicScores of vectors(PUBLIC, 3)) {
      const bound = expBelow(exactly(stated(publicScores, slots)));
      expect(exceeds(worstLoss(neighbours(publicScores), slots), bound)).toBe(false);
    }
  });

  it("never exceeds it for four items and two slots either", () => {
    for (const publicScores of vectors([0, 3], 4)) {
      const bound = expBelow(exactly(stated(publicScores, 2)));
      expect(exceeds(worstLoss(neighbours(publicScores), 2), bound)).toBe(false);
    }
  });

  it.each([2, 3, 4, 5])("meets the finite-n value exactly for one slot of %d equal public scores", (n) => {
    const weights = neighbours(new Array(n).fill(1));
    const high = BigInt(MECHANISM.table[0]);
    const low = BigInt(MECHANISM.table[MECHANISM.residual]);
    const others = BigInt(n - 1);
    const finite = fraction(high * (low + others * high), low * (high + others * low));
    expect(equals(worstLoss(weights, 1), finite)).toBe(true);
    const epsilon = stated(new Array(n).fill(1), 1);
    expect(exceeds(finite, expBelow(exactly(epsilon)))).toBe(false);
    expect(exceeds(finite, expBelow(exactly(epsilon * (1 - 1e-13))))).toBe(true);
  });

  it("is met by the stated epsilon for one slot of any public scores", () => {
    for (const publicScores of vectors(PUBLIC, 3)) {
      const finite = worstLoss(neighbours(publicScores), 1);
      expect(exceeds(finite, expBelow(exactly(stated(publicScores, 1) * (1 - 1e-13))))).toBe(true);
    }
  });

  it("is found to exceed it when the residual is not clipped", () => {
    const unclipped = { ...MECHANISM, residual: MECHANISM.residual + 1 };
    const publicScore = Float32Array.of(0, 0, 0);
    const weights = vectors([-2, 0, 2], 3).map((residuals) =>
      Array.from(weightsOf({ score: Float32Array.from(residuals), publicScore }, unclipped)),
    );
    expect(exceeds(worstLoss(weights, 1), expBelow(exactly(stated([0, 0, 0], 1))))).toBe(true);
  });
});

describe("the reference that deficits are measured from", () => {
  it("is the largest public score, whatever is private", () => {
    const publicScore = Float32Array.of(5, 4, -90);
    expect(Array.from(publicSteps(publicScore, MECHANISM))).toEqual([0, 1, 3]);
    for (const residuals of vectors(PRIVATE, 3)) {
      const score = publicScore.map((value, i) => value + residuals[i]);
      const weight = weightsOf({ score, publicScore }, MECHANISM);
      const expected = residuals.map((r, i) => [0, 1, 3][i] + 2 - Math.max(0, Math.min(2, r + 1)));
      expect(Array.from(weight)).toEqual(expected.map((q) => MECHANISM.table[q]));
    }
  });

  it("never lets a weight reach 0, however the scores lie", () => {
    const publicScore = Float32Array.of(3e38, -3e38, 0, 1e-45);
    const score = Float32Array.of(-3e38, 3e38, 1, 0);
    for (const weight of weightsOf({ score, publicScore }, MECHANISM)) expect(weight).toBeGreaterThanOrEqual(1);
  });
});
