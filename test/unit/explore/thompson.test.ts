import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { pmfOfSlot } from "../../../src/core/explore/draw.ts";
import type { Scores } from "../../../src/core/explore/explorer.ts";
import { explorerOf } from "../../../src/core/explore/explorers.ts";
import { parametersOf } from "../../../src/core/explore/parameters.ts";
import { normalQuantile } from "../../../src/core/math/normal.ts";
import { type Uniform, uniformOf } from "../../../src/core/math/random.ts";
import { scoresOf, seedNamed } from "../../conformance/explore/cases.ts";
import { largestOfNormals } from "../../conformance/explore/largestOfNormals.ts";
import { describeWithShared, sharedData } from "../../support/shared.ts";

const FILE = "known-answers/statistics.json";
const explorer = explorerOf("thompson");
const parameters = parametersOf(explorer, { width: 1 });

interface Case {
  readonly id: string;
  readonly tol: number;
  readonly input: { readonly means: number[]; readonly sds: number[]; readonly floor: number };
  readonly expected: { readonly p_best: number[]; readonly floored: number[] };
}

const pmfAfter = (scores: Scores, earlier: readonly number[], floor = 0): Float64Array =>
  pmfOfSlot({ scores, explorer, parameters, floor, slots: scores.score.length }, earlier);

/** Weights before the division, and their total, of the slot after `earlier`. */
function weighed(
  scores: Scores,
  earlier: readonly number[],
): { readonly total: number; readonly weight: Float64Array } {
  const n = scores.score.length;
  const taken = new Uint8Array(n);
  for (const item of earlier) taken[item] = 1;
  const weight = new Float64Array(n);
  return { total: explorer.law(scores, parameters).weigh(taken, n - earlier.length, weight), weight };
}

describeWithShared("published chances to be the best of independent normals", [FILE], () => {
  it("come out, without and with a floor, to float32 rounding of their inputs", () => {
    const cases: Case[] = JSON.parse(readFileSync(sharedData(FILE), "utf8")).cases.filter(({ id }: Case) =>
      id.startsWith("pbest-"),
    );
    expect(cases).toHaveLength(2);
    for (const { input, expected } of cases) {
      const scores = scoresOf(input.means, input.sds);
      const rounded = largestOfNormals(Array.from(scores.score), Array.from(scores.uncertainty));
      pmfAfter(scores, []).forEach((p, i) => {
        expect(Math.abs(p - rounded[i])).toBeLessThan(1e-10);
        expect(Math.abs(p - expected.p_best[i])).toBeLessThan(1e-6);
      });
      pmfAfter(scores, [], input.floor).forEach((p, i) => {
        expect(Math.abs(p - expected.floored[i])).toBeLessThan(1e-6);
      });
    }
  });
});

describe("the quadrature of thompson", () => {
  it("resolves one item with s = 1 among four with s = .004 as arbitrary precision does", () => {
    const pmf = pmfAfter(scoresOf([0.5, 0.502, 0.497, 0.51, 0.2], [0.004, 0.004, 0.004, 0.004, 1]), []);
    // Adaptive quadrature with 40 digits, of the float32 values.
    const expected = [
      0.01861757427150531, 0.04452581978641712, 0.003996447019548252, 0.5546834032717562, 0.378176755650773,
    ];
    expected.forEach((p, i) => {
      expect(Math.abs(pmf[i] - p)).toBeLessThan(1e-10);
    });
  });

  it("leaves every slot its mass behind clear winners, all n slots", () => {
    const scores = scoresOf([1000, 10, 9.999, 0.5, 0.502, 0.2], [0.001, 0.001, 0.001, 0.004, 0.004, 1]);
    const list = [0, 1, 2, 4, 3, 5];
    list.forEach((_, slot) => {
      const earlier = list.slice(0, slot);
      const left = list.slice(slot).sort((a, b) => a - b);
      const expected = largestOfNormals(
        left.map((i) => scores.score[i]),
        left.map((i) => scores.uncertainty[i]),
      );
      const { total, weight } = weighed(scores, earlier);
      expect(Math.abs(total - 1)).toBeLessThan(1e-9);
      left.forEach((item, place) => {
        expect(Math.abs(weight[item] - expected[place])).toBeLessThan(1e-10);
      });
    });
  });

  it.each([2, 16, 17, 32, 33, 128, 129, 1000])("sums to 1 ± 1e-9 before the division, every slot, n = %d", (n) => {
    const u = uniformOf(seedNamed(`total ${n}`));
    const families: ((i: number) => readonly [number, number])[] = [
      () => [0, 1],
      () => [u(), 0.05 + 0.3 * u()],
      () => [u(), Math.exp(-10 * u())],
      (i) => [0.5, 1.3 ** -(i % 40)],
      (i) => [i === 0 ? 3 : 0, 1],
    ];
    for (const family of families) {
      const scores = manyOf(n, family);
      const earlier: number[] = [];
      for (let slot = 0; slot < Math.min(n, 12); slot++) {
        const { total, weight } = weighed(scores, earlier);
        expect(Math.abs(total - 1)).toBeLessThan(1e-9);
        earlier.push(weight.indexOf(Math.max(...weight)));
      }
    }
  });

  it("gives the same bits whatever was asked before", () => {
    const u = uniformOf(seedNamed("asked before"));
    const scores = manyOf(40, () => [u(), 0.01 + 0.02 * u()]);
    const law = explorer.law(scores, parameters);
    const taken = new Uint8Array(40);
    const sets = Array.from({ length: 30 }, () => taken.map(() => (u() < 0.6 ? 1 : 0)));
    for (const set of sets) set[39] = 0;
    const weigh = (set: Uint8Array, by = law): Float64Array => {
      const out = new Float64Array(40);
      by.weigh(set, set.filter((flag) => flag === 0).length, out);
      return out;
    };
    const forth = sets.map((set) => weigh(set));
    sets.reverse().forEach((set, place) => {
      expect(weigh(set)).toEqual(forth[29 - place]);
      expect(weigh(set, explorer.law(scores, parameters))).toEqual(forth[29 - place]);
    });
  });

  it("blurs no narrow item because a wide one came: sdMin is the policy's alone", () => {
    const narrow = pmfAfter(scoresOf([0.5, 0.50001], [1e-5, 1e-5]), []);
    const joined = pmfAfter(scoresOf([0.5, 0.50001, -1e6], [1e-5, 1e-5, 1e3]), []);
    narrow.forEach((p, i) => {
      expect(Math.abs(joined[i] - p)).toBeLessThan(1e-10);
    });
  });
});

/**
 * Seed "gaussians", n = 100,000 rounds of five Gaussian draws each, against the integral: Hoeffding's bound makes a
 * deviation of .011 less likely than 2·e^(−2·10⁵·.011²) = 6e-11 an item, so 5e-10 in total for the eight items asked.
 */
it("is the frequency with which an item's Gaussian draw is the largest left", () => {
  const scores = scoresOf([0.5, 0.4, 0.45, 0.5, 0.1], [0.2, 0.2, 0.3, 0.2, 0.4]);
  const u = uniformOf(seedNamed("gaussians"));
  for (const earlier of [[], [2, 0]]) {
    const left = [0, 1, 2, 3, 4].filter((i) => !earlier.includes(i));
    const wins = new Float64Array(5);
    for (let round = 0; round < 100_000; round++) wins[winner(scores, left, u)]++;
    const pmf = pmfAfter(scores, earlier);
    for (const i of left) expect(Math.abs(wins[i] / 100_000 - pmf[i])).toBeLessThan(0.011);
  }
});

function winner({ score, uncertainty }: Scores, left: readonly number[], u: Uniform): number {
  const draws = left.map((i) => score[i] + uncertainty[i] * normalQuantile(u() + 2 ** -54));
  return left[draws.indexOf(Math.max(...draws))];
}

function manyOf(n: number, family: (i: number) => readonly [number, number]): Scores {
  const pairs = Array.from({ length: n }, (_, i) => family(i));
  return scoresOf(
    pairs.map(([mean]) => mean),
    pairs.map(([, s]) => s),
  );
}
