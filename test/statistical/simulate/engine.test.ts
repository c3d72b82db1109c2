import { expect, test } from "vitest";
import type { Earned } from "../../../src/core/simulator/run.ts";
import { compare } from "../../../training/simulate/compare.ts";

const STEPS = 3000;

function total({ expected }: Earned, from = 0): number {
  return expected.subarray(from).reduce((sum, value) => sum + value, 0);
}

/**
 * Worlds engine-1 … engine-3, 3,000 decisions each, starting from nothing. Totals are true expectations: the luck of
 * single clicks enters only through what was learned from them. Over the 12 worlds other-1 … other-12 the total was
 * 1.61 ± 0.085 (sd) times uniform's, and over the last 500 decisions 1.187 ± 0.040 times best fixed's. Asked for are
 * 1.25 and 1, which is 4.2 and 4.7 standard deviations off: false alarm over new worlds 5e-5.
 */
test("after 3,000 decisions from nothing Brigand earns more than the best fixed ranking, and all along more than uniform", async () => {
  const runs = await compare({ steps: STEPS, seeds: 3, seed: "engine", explorers: ["plackettLuce"] });
  for (const [ours, , bestFixed, uniform] of runs) {
    expect([ours.name, bestFixed.name, uniform.name]).toEqual(["brigand plackettLuce", "best fixed", "uniform"]);
    expect(total(ours)).toBeGreaterThan(1.25 * total(uniform));
    expect(total(ours, STEPS - 500)).toBeGreaterThan(total(bestFixed, STEPS - 500));
  }
}, 60_000);
