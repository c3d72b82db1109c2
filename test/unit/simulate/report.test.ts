import { describe, expect, test } from "vitest";
import type { Earned } from "../../../src/core/simulator/run.ts";
import { report, WINDOW_STEPS } from "../../../training/simulate/report.ts";

const STEPS = 12 * WINDOW_STEPS;
const DRIFT = 6 * WINDOW_STEPS;

/** Clicks a list by window; the last value goes on. */
function earned(name: string, ...windows: number[]): Earned {
  const expected = Float64Array.from(
    { length: STEPS },
    (_, t) => windows[Math.min(windows.length - 1, Math.floor(t / WINDOW_STEPS))],
  );
  return { name, expected, realised: expected.map((x) => 2 * x) };
}

const before = [0.8, 0.8, 0.8, 0.8, 0.8, 0.8];

describe("a report", () => {
  test("has totals, shares of the oracle and what the first ranker is ahead by, paired by seed", () => {
    const rows = report([
      [earned("ours", 0.6), earned("oracle", 1), earned("other", 0.5)],
      [earned("ours", 0.4), earned("oracle", 1), earned("other", 0.2)],
    ]);
    expect(rows.map(({ ranker }) => ranker)).toEqual(["ours", "oracle", "other"]);
    expect(rows[0].ahead).toBeUndefined();
    expect(rows[0].shareOfOracle.mean).toBeCloseTo(0.5, 12);
    expect(rows[0].total.mean).toBeCloseTo(0.5 * STEPS, 8);
    expect(rows[0].realised.mean).toBeCloseTo(STEPS, 8);
    expect(rows[2].ahead?.mean).toBeCloseTo(0.15 * STEPS, 8);
    // t with one degree of freedom: 12.706 · sd / √2, sd = 0.1 · STEPS / √2.
    expect((rows[2].ahead?.high ?? 0) - (rows[2].ahead?.mean ?? 0)).toBeCloseTo(12.706205 * 0.05 * STEPS, 4);
    expect(rows[2].recovery).toBeUndefined();
  });

  test("counts the decisions from the change to the first window at 90 % of the share before", () => {
    const run = [earned("ours", ...before, 0.3, 0.71, 0.725, 0.6), earned("oracle", 1)];
    expect(report([run], DRIFT)[0].recovery).toEqual({
      before: expect.closeTo(0.8, 12),
      fall: expect.closeTo(0.3, 12),
      decisions: 3 * WINDOW_STEPS,
      bySeed: [3 * WINDOW_STEPS],
    });
  });

  test("judges the mean over seeds, and tells each seed; one that stays below is never back", () => {
    const oracle = earned("oracle", 1);
    const recovery = report(
      [
        [earned("ours", ...before, 0.8), oracle],
        [earned("ours", ...before, 0.7), oracle],
      ],
      DRIFT,
    )[0].recovery;
    expect(recovery?.decisions).toBe(WINDOW_STEPS);
    expect(recovery?.bySeed).toEqual([WINDOW_STEPS, null]);
  });

  test("tells how far each was behind the oracle after the change, and the first one's over each other's", () => {
    const rows = report(
      [
        [earned("ours", ...before, 0.9), earned("twin", ...before, 0.6), earned("oracle", 1)],
        [earned("ours", ...before, 0.8), earned("twin", ...before, 0.6), earned("oracle", 1)],
      ],
      DRIFT,
    );
    const steps = STEPS - DRIFT;
    expect(rows.map(({ regretAfter }) => regretAfter?.mean)).toEqual(
      [0.15, 0.4, 0].map((share) => expect.closeTo(share * steps, 6)),
    );
    expect(rows[0].regretRatio).toBeUndefined();
    expect(rows[1].regretRatio?.mean).toBeCloseTo((0.25 + 0.5) / 2, 12);
    expect(rows[2].regretRatio).toBeUndefined();
  });

  test("needs the oracle in every run", () => {
    expect(() => report([[earned("ours", 1)]])).toThrow("oracle");
  });
});
