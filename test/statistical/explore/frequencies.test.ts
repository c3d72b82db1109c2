/**
 * What is served against the exact law, by Pearson's chi-square. Every draw has a fresh generator, seeded as in
 * production (HMAC of policy, decision and nonce), so seeding, generator and inversion are tested together.
 *
 * Seeds: server key "frequencies", decision ids 0 … 19,999, empty nonce. n = 20,000 draws a case; 5 items, 3 slots
 * (60 lists), cells with fewer than 25 expected are pooled. False-alarm rate: each of the 40 tests fails with
 * probability at most 5e-8 by the bound P(chi²_df ≥ df + 2√(df·t) + 2t) ≤ e^−t (Laurent and Massart 2000, lemma 1),
 * 2e-6 in total.
 */
import { describe, expect, it } from "vitest";
import { seedOf } from "../../../src/adapters/crypto/seed.ts";
import { draw, type Law } from "../../../src/core/explore/draw.ts";
import { enumerateLists, type ListProbability, marginalsOfLists } from "../../../src/core/explore/enumerate.ts";
import { explorers } from "../../../src/core/explore/explorers.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import { scoresOf } from "../../conformance/explore/cases.ts";

const DRAWS = 20_000;
const CELL_MIN = 25;
const T = Math.log(1 / 5e-8);
/** Of the law itself where the explorer is seeded: one law, many draws. */
const LAW_SEED = "0123456789abcdef".repeat(4);
const key = Buffer.from("frequencies");

describe.each(explorers.map((explorer) => [explorer.name, explorer] as const))(
  "frequencies of %s",
  (_name, explorer) => {
    it.each([0, 0.02])("of first items and full lists follow the law at floor %d", (floor) => {
      const scores = scoresOf([0.5, 0.4, 0.45, 0.5, 0.1], [0.2, 0.2, 0.3, 0.2, 0.4]);
      const law: Law = { scores, explorer, parameters: explorer.defaults, floor, slots: 3, seed: LAW_SEED };
      const lists = enumerateLists(law);
      const listCounts = new Map<string, number>();
      const firstCounts = new Map<string, number>();
      for (let i = 0; i < DRAWS; i++) {
        const seed = seedOf({ key, policy: explorer.name, decisionId: String(i), nonce: "" });
        const list = draw({ ...law, uniform: uniformOf(seed) }).slots;
        listCounts.set(list.join(), (listCounts.get(list.join()) ?? 0) + 1);
        firstCounts.set(String(list[0]), (firstCounts.get(String(list[0])) ?? 0) + 1);
      }
      const first = Array.from(
        marginalsOfLists(lists, 5)[0],
        (joint, item): ListProbability => ({ slots: [item], joint }),
      );
      expectLaw(first, firstCounts);
      expectLaw(lists, listCounts);
    });
  },
);

/** Fails when the counts are too far from the law, or hold something the law excludes. */
function expectLaw(law: readonly ListProbability[], counts: ReadonlyMap<string, number>): void {
  let counted = 0;
  let statistic = 0;
  let cells = 0;
  const rare = { expected: 0, observed: 0 };
  for (const { slots, joint } of law) {
    const expected = DRAWS * joint;
    const observed = counts.get(slots.join()) ?? 0;
    if (joint > 0) counted += observed;
    if (expected < CELL_MIN) {
      rare.expected += expected;
      rare.observed += observed;
    } else {
      statistic += (observed - expected) ** 2 / expected;
      cells++;
    }
  }
  if (rare.expected >= CELL_MIN) {
    statistic += (rare.observed - rare.expected) ** 2 / rare.expected;
    cells++;
  }
  expect(counted).toBe(DRAWS);
  const freedom = Math.max(0, cells - 1);
  expect(statistic).toBeLessThanOrEqual(freedom + 2 * Math.sqrt(freedom * T) + 2 * T);
}
