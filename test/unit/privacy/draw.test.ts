import { describe, expect, it } from "vitest";
import { systemNoise } from "../../../src/adapters/crypto/noise.ts";
import { BrigandError } from "../../../src/core/errors.ts";
import { parametersOf } from "../../../src/core/explore/parameters.ts";
import { privatePlackettLuce } from "../../../src/core/explore/privatePlackettLuce.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import { drawIntegers } from "../../../src/core/privacy/draw.ts";
import { rankPrivately } from "../../../src/core/privacy/rank.ts";
import { wordsOf } from "../../../src/core/privacy/words.ts";
import { scoresLike, seedNamed } from "../../conformance/explore/cases.ts";
import { equals, fraction } from "../../support/rational.ts";
import { hexOf, SeededNoise } from "../../support/seededNoise.ts";

const HIGHEST = 2 ** 53 - 1;
const six = (word: number): number[] => new Array(6).fill(word);

describe("random words", () => {
  it("are the lower 53 bits of 14 hex digits, six a slot", () => {
    const words = [0, 1, 2 ** 32, HIGHEST, 0x1234567890abc, 2 ** 52];
    expect(Array.from(wordsOf(hexOf(words)).values)).toEqual(words);
    expect(Array.from(wordsOf("e0000000000001".repeat(6)).values)).toEqual(six(1));
    expect(Array.from(wordsOf("").values)).toEqual([]);
  });

  it("are refused in any other form", () => {
    for (const hex of ["0".repeat(83), "0".repeat(14), `${"0".repeat(83)}g`, "A".repeat(84)]) {
      expect(() => wordsOf(hex)).toThrow(BrigandError);
    }
  });

  it("of the operating system come fresh for as many slots as are asked for", () => {
    const seen = new Set<string>();
    for (let i = 0; i < 500; i++) {
      const { hex, values } = systemNoise(1 + (i % 100));
      expect(values).toHaveLength(6 * (1 + (i % 100)));
      expect(wordsOf(hex).values).toEqual(values);
      seen.add(hex.slice(0, 84));
    }
    expect(seen.size).toBe(500);
  });
});

describe("the integer draw", () => {
  it("falls on each item for exactly as many residues as its weight, and on no other", () => {
    const weight = Float64Array.of(3, 1, 4, 1, 5);
    for (const multiple of [0, 14 * 1_000_003, 14 * Math.floor(HIGHEST / 14 - 1)]) {
      const counts = new Array<number>(5).fill(0);
      for (let residue = 0; residue < 14; residue++) {
        const words = Float64Array.from(six(multiple + residue));
        counts[drawIntegers({ weights: weight.slice(), slots: 1, words }).slots[0]]++;
      }
      expect(counts).toEqual([3, 1, 4, 1, 5]);
    }
  });

  it("takes the first of six words below the largest multiple of the sum, and fails when there is none", () => {
    const weight = Float64Array.of(2 ** 40, 2 ** 40 + 1);
    const limit = 2 ** 53 - (2 ** 53 % (2 ** 41 + 1));
    const refused = limit;
    const run = (words: number[]) =>
      drawIntegers({ weights: weight.slice(), slots: 1, words: Float64Array.from(words) });
    expect(run([refused, HIGHEST, 0, ...six(2 ** 40).slice(3)])).toMatchObject({
      slots: Int32Array.of(0),
      failed: false,
    });
    expect(run([...six(refused).slice(1), 2 ** 40]).slots).toEqual([1]);
    expect(run([limit - 1, ...six(0).slice(1)]).slots).toEqual([1]);
    expect(run(six(refused)).failed).toBe(true);
  });

  it("repeats itself from the same words, places pins first and gives a last item weight over itself", () => {
    const noise = new SeededNoise(seedNamed("pins"));
    for (let i = 0; i < 200; i++) {
      const words = noise.words(4).values;
      const pins = [{ itemIndex: 2, position: 3 }];
      const run = () => drawIntegers({ weights: Float64Array.of(9, 8, 7, 6), slots: 4, words, pins });
      const drawn = run();
      expect(run()).toEqual(drawn);
      expect([...drawn.slots].sort()).toEqual([0, 1, 2, 3]);
      expect([drawn.slots[2], drawn.weight[2], drawn.sum[2]]).toEqual([2, 1, 1]);
      expect(drawn.sum[0]).toBe(23);
      expect(drawn.weight[3]).toBe(drawn.sum[3]);
    }
  });
});

describe("a private list", () => {
  const parameters = parametersOf(privatePlackettLuce);

  it("has propensities that are exactly the fractions of the enumerated law", () => {
    const u = uniformOf(seedNamed("fractions"));
    const noise = new SeededNoise(seedNamed("fractions of words"));
    for (let i = 0; i < 300; i++) {
      const n = 1 + (i % 9);
      const slots = 1 + (i % 4);
      const scores = { score: scoresLike("ordinary", n, u).score, publicScore: scoresLike("tied", n, u).score };
      const list = rankPrivately({ scores, parameters, personal: i % 3 > 0, slots, words: noise.words(slots) });
      const left = new Map(
        weightsBySpelledOut(i % 3 > 0 ? scores.score : scores.publicScore, scores.publicScore).entries(),
      );
      list.slots.forEach((item, slot) => {
        const sum = [...left.values()].reduce((a, b) => a + b, 0n);
        const own = left.get(item) ?? 0n;
        expect(equals(fraction(list.weight[slot], list.sum[slot]), fraction(own, sum))).toBe(true);
        expect(list.propensity[slot]).toBe(Number(own) / Number(sum));
        left.delete(item);
      });
    }
  });

  /** Default parameters, written out: 128 public steps of 1/512, four private ones, e^(−q/16), 32 bits. */
  function weightsBySpelledOut(score: Float32Array, publicScore: Float32Array): bigint[] {
    const cells = Array.from(publicScore, (value) => Math.round(value * 512));
    const best = Math.max(...cells);
    return cells.map((cell, i) => {
      const moved = Math.max(0, Math.min(4, Math.round((score[i] - publicScore[i]) * 512 + 2)));
      return BigInt(Math.round(2 ** 32 * Math.exp(-(Math.min(128, best - cell) + 4 - moved) / 16)));
    });
  }

  it("is the public order, with nothing claimed for the draw, when the words fail", () => {
    const scores = { score: Float32Array.of(9, 9, 0, 9), publicScore: Float32Array.of(0.1, 0.3, 0.2, 0.3) };
    const words = wordsOf(hexOf([...six(0), ...six(HIGHEST), ...six(0)]));
    const pins = [{ itemIndex: 0, position: 2 }];
    const list = rankPrivately({ scores, parameters, personal: true, slots: 3, pins: [], words });
    expect(list).toMatchObject({ failed: true, slots: [1, 3, 2], propensity: [1, 1, 1] });
    expect(list.epsilon).toBeGreaterThan(0);
    const pinned = rankPrivately({
      scores,
      parameters,
      personal: true,
      slots: 3,
      pins,
      words: wordsOf(hexOf([...six(HIGHEST), ...six(0), ...six(0)])),
    });
    expect(pinned.slots).toEqual([1, 0, 3]);
  });

  it("costs nothing and moves with public scores alone when it is not personal", () => {
    const publicScore = Float32Array.of(0.2, 0.1, 0.15);
    const words = new SeededNoise(seedNamed("not personal")).words(3);
    const lists = [Float32Array.of(5, -5, 0), Float32Array.of(-1, 0, 1)].map((score) =>
      rankPrivately({ scores: { score, publicScore }, parameters, personal: false, slots: 3, words }),
    );
    expect(lists[0]).toEqual(lists[1]);
    expect(lists[0].epsilon).toBe(0);
  });

  it("refuses parameters that are not whole, or whose weights would vanish", () => {
    expect(() => parametersOf(privatePlackettLuce, { residual: 2.5 })).toThrow(/residual: 2.5/);
    expect(() => parametersOf(privatePlackettLuce, { range: 400 })).toThrow(/vanish/);
    expect(() => parametersOf(privatePlackettLuce, { bits: 40 })).toThrow(/bits: 40/);
    expect(parametersOf(privatePlackettLuce, { range: 0, residual: 0 })).toMatchObject({ range: 0 });
  });
});
