import { expect, test } from "vitest";
import { meanInterval90 } from "../../../src/core/estimators/calibration.ts";
import { coverage, type HeldBack, heldBackOfWorld } from "../../../training/simulate/coverage.ts";

function covered(held: readonly HeldBack[], seed: number): number {
  const tenths = coverage(held, { resamples: 200, rows: 3_000, seed });
  return tenths.reduce((sum, tenth) => sum + tenth.covered / 10, 0);
}

/**
 * Seed 1; 200 resamples of 3,000 rows, ten intervals each, 2,000 in all, each from 300 rewards. A share of .90 has a
 * standard deviation of .0067; asked for is .87 – .93, 4.5 of these: false alarm 7e-6 if intervals were exact.
 */
test("90 % intervals for the mean reward by tenth of predicted mean hold the truth 87 to 93 times in 100", () => {
  const rows = Array.from({ length: 4_000 }, (_, i) => ({
    predicted: i / 4_000,
    s: 0,
    chance: 0.02 + (0.96 * i) / 4_000,
  }));
  const share = covered(rows, 1);
  expect(share).toBeGreaterThan(0.87);
  expect(share).toBeLessThan(0.93);
});

/** The same on 150 decisions of 20 candidates that the learner never saw, after 300 that it learned; world "held", seed 2. */
test("so they do for what a learner predicts of a simulated world", { timeout: 60_000 }, () => {
  const held = heldBackOfWorld("held", { learned: 300, held: 150 });
  expect(held).toHaveLength(3_000);
  const share = covered(held, 2);
  expect(share).toBeGreaterThan(0.87);
  expect(share).toBeLessThan(0.93);
});

/** Oracle: Wilson's interval for 3 of 20 at 90 %, by the formula. */
test("the interval of rewards 0 and 1 is Wilson's, and follows the range of others", () => {
  const rewards = Array.from({ length: 20 }, (_, i) => (i < 3 ? 1 : 0));
  const [n, p, z] = [20, 0.15, 1.6448536269514722];
  const middle = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  const { mean, low, high } = meanInterval90(rewards, [0, 1]);
  expect([mean, low, high]).toEqual([
    expect.closeTo(p, 12),
    expect.closeTo(middle - half, 12),
    expect.closeTo(middle + half, 12),
  ]);
  const wider = meanInterval90(
    rewards.map((reward) => 10 * reward - 5),
    [-5, 5],
  );
  expect([wider.low, wider.high]).toEqual([expect.closeTo(10 * low - 5, 12), expect.closeTo(10 * high - 5, 12)]);
});
