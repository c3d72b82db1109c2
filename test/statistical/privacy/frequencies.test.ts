/**
 * What the integer draw serves against the exact law, by Pearson's chi-square. Words of a seed, 40,000 lists a case;
 * 5 items, 3 slots (60 lists), cells with fewer than 25 expected are pooled. False-alarm rate: each of the 4 tests
 * fails with probability at most 2.5e-7 by P(chi²_df ≥ df + 2√(df·t) + 2t) ≤ e^−t (Laurent and Massart 2000, lemma 1),
 * 1e-6 in total.
 */
import { describe, expect, it } from "vitest";
import { systemNoise } from "../../../src/adapters/crypto/noise.ts";
import { parametersOf } from "../../../src/core/explore/parameters.ts";
import { privatePlackettLuce } from "../../../src/core/explore/privatePlackettLuce.ts";
import { rankPrivately } from "../../../src/core/privacy/rank.ts";
import { seedNamed } from "../../conformance/explore/cases.ts";
import { definitions, listsOf } from "../../conformance/explore/definitions.ts";
import { SeededNoise } from "../../support/seededNoise.ts";

const DRAWS = 40_000;
const SLOTS = 3;
const CELL_MIN = 25;
const T = Math.log(1 / 2.5e-7);
const parameters = parametersOf(privatePlackettLuce, { residual: 8 });
const scores = {
  score: Float32Array.of(0.16, 0.05, 0.16, 0.14, 0),
  publicScore: Float32Array.of(0.15, 0.1, 0.145, 0.15, 0.02),
  uncertainty: new Float32Array(5),
};

describe("frequencies of the private draw", () => {
  const seeded = new SeededNoise(seedNamed("private frequencies"));
  it.each([
    ["words of a seed", true, (slots: number) => seeded.words(slots)],
    ["words of a seed, by public scores", false, (slots: number) => seeded.words(slots)],
    ["the operating system's words", true, systemNoise],
    ["the operating system's words, by public scores", false, systemNoise],
  ] as const)("follow the law of the definition: %s", (_name, personal, noise) => {
    const counts = new Map<string, number>();
    for (let i = 0; i < DRAWS; i++) {
      const { slots } = rankPrivately({ scores, parameters, personal, slots: SLOTS, words: noise(SLOTS) });
      counts.set(slots.join(), (counts.get(slots.join()) ?? 0) + 1);
    }
    const { statistic, cells } = chiSquare(counts, personal);
    const freedom = cells - 1;
    expect(statistic).toBeLessThanOrEqual(freedom + 2 * Math.sqrt(freedom * T) + 2 * T);
  });
});

function chiSquare(counts: ReadonlyMap<string, number>, personal: boolean): { statistic: number; cells: number } {
  const rare = { expected: 0, observed: 0 };
  let statistic = 0;
  let cells = 0;
  const add = (expected: number, observed: number) => {
    statistic += (observed - expected) ** 2 / expected;
    cells++;
  };
  for (const list of listsOf(5, SLOTS)) {
    const expected = DRAWS * jointOf(list, personal);
    const observed = counts.get(list.join()) ?? 0;
    if (expected >= CELL_MIN) add(expected, observed);
    else {
      rare.expected += expected;
      rare.observed += observed;
    }
  }
  if (rare.expected >= CELL_MIN) add(rare.expected, rare.observed);
  return { statistic, cells };
}

function jointOf(list: readonly number[], personal: boolean): number {
  const known = personal ? scores : { ...scores, score: scores.publicScore };
  let left = [0, 1, 2, 3, 4];
  let joint = 1;
  for (const item of list) {
    joint *= definitions.privatePlackettLuce(known, parameters, left)[left.indexOf(item)];
    left = left.filter((i) => i !== item);
  }
  return joint;
}
