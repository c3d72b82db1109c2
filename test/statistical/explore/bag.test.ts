/**
 * What one seed makes twice, samples and draw: server key "bags", decision ids by number, empty nonces. Bounds are
 * Hoeffding's, for sums of independent numbers in [0, 1] and for martingale differences in an interval of length 1.
 */
import { expect, it } from "vitest";
import { seedOf } from "../../../src/adapters/crypto/seed.ts";
import { bag } from "../../../src/core/explore/bag.ts";
import { draw, type Law, pmfOfSlot } from "../../../src/core/explore/draw.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import { scoresOf } from "../../conformance/explore/cases.ts";
import { largestOfNormals } from "../../conformance/explore/largestOfNormals.ts";

const scores = scoresOf([0.5, 0.4, 0.45, 0.5, 0.1], [0.2, 0.2, 0.3, 0.2, 0.4]);
const law: Law = { scores, explorer: bag, parameters: { bags: 16, width: 1 }, floor: 0, slots: 5 };
const key = Buffer.from("bags");
const seedAt = (i: number): string => seedOf({ key, policy: "bag", decisionId: String(i), nonce: "" });

/** n = 6,000 seeds · 16 bags; a deviation of .011 has probability below 2·e^(−2·96000·.011²) = 2e-10, 8 are looked at. */
it("over all seeds an item's share of the bags is its chance to be the largest of independent normals", () => {
  const seeds = 6000;
  for (const earlier of [[], [2, 0]]) {
    const left = [0, 1, 2, 3, 4].filter((i) => !earlier.includes(i));
    const mean = new Float64Array(5);
    for (let i = 0; i < seeds; i++) {
      pmfOfSlot({ ...law, seed: seedAt(i) }, earlier).forEach((p, item) => {
        mean[item] += p / seeds;
      });
    }
    const expected = largestOfNormals(
      left.map((i) => scores.score[i]),
      left.map((i) => scores.uncertainty[i]),
    );
    left.forEach((item, place) => {
      expect(Math.abs(mean[item] - expected[place])).toBeLessThan(0.011);
    });
  }
});

/** n = 20,000 decisions; a mean difference of .025 has probability below 2·e^(−2·20000·.025²) = 3e-11, 10 are looked at. */
it("draws follow the propensities of their own bags though both come from one seed, at the first and third slot", () => {
  const decisions = 20_000;
  for (const slot of [0, 2]) {
    const surplus = new Float64Array(5);
    for (let i = 0; i < decisions; i++) {
      const seed = seedAt(i);
      const { slots } = draw({ ...law, seed, uniform: uniformOf(seed) });
      const pmf = pmfOfSlot({ ...law, seed }, slots.subarray(0, slot));
      surplus[slots[slot]]++;
      for (let item = 0; item < 5; item++) surplus[item] -= pmf[item];
    }
    for (const sum of surplus) expect(Math.abs(sum / decisions)).toBeLessThan(0.025);
  }
});
