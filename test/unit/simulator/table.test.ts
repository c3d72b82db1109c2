import { describe, expect, test } from "vitest";
import type { Earned } from "../../../src/core/simulator/run.ts";
import { estimate, tQuantile975 } from "../../../src/core/simulator/student.ts";
import { summarise, summaryText } from "../../../src/core/simulator/table.ts";

const constant = (name: string, value: number): Earned => ({
  name,
  expected: new Float64Array(5).fill(value),
  realised: new Float64Array(5).fill(value),
});
const runs = [0, 1, 2].map((seed) => [
  constant("oracle", 2 + seed),
  constant("best fixed", 1 + seed),
  constant("mine", 1.5 + seed * 1.1),
]);

describe("the summary of a simulation", () => {
  test("has the t-quantiles of the tables", () => {
    const table: [number, number][] = [
      [1, 12.7062],
      [4, 2.776445],
      [10, 2.228139],
      [11, 2.200985],
      [19, 2.093024],
      [30, 2.042272],
      [120, 1.97993],
    ];
    for (const [df, quantile] of table) expect(Math.abs(tQuantile975(df) - quantile)).toBeLessThan(2e-5);
  });

  test("gives the textbook interval of a mean", () => {
    const { mean, sd, low, high } = estimate([1, 2, 3, 4]);
    expect([mean, sd]).toEqual([2.5, Math.sqrt(5 / 3)]);
    expect(low).toBeCloseTo(2.5 - 3.182446 * Math.sqrt(5 / 12), 6);
    expect(high).toBeCloseTo(2.5 + 3.182446 * Math.sqrt(5 / 12), 6);
    expect(estimate([7])).toEqual({ mean: 7 });
  });

  test("pairs differences by seed, so what seeds share cancels", () => {
    const { rows } = summarise(runs, { windowSteps: 2 });
    expect(rows[2].difference.mean).toBeCloseTo(5 * 0.6, 12);
    expect(rows[2].difference.sd).toBeCloseTo(5 * 0.1, 12);
    expect(rows[1].difference).toEqual({ mean: 0, sd: 0, low: 0, high: 0 });
  });

  test("keeps a short last window and accumulates to the total", () => {
    const { rows } = summarise(runs, { windowSteps: 2 });
    expect(rows[0].rate.map(({ mean }) => mean)).toEqual([3, 3, 3]);
    expect(rows[0].cumulative.map(({ mean }) => mean)).toEqual([6, 12, 15]);
    expect(rows[0].shareOfOracle.map(({ mean }) => mean)).toEqual([1, 1, 1]);
    expect(rows[1].shareOfOracle[2].mean).toBeCloseTo((1 / 2 + 2 / 3 + 3 / 4) / 3, 12);
  });

  test("prints the best ranker first", () => {
    const text = summaryText(summarise(runs, { windowSteps: 2 }));
    const names = text
      .split("\n")
      .filter((line) => line.startsWith("| "))
      .map((line) => line.split(" | ")[0].slice(2));
    expect(names).toEqual(["ranker", "---", "oracle", "mine", "best fixed"]);
    expect(text).toContain("share of oracle to 5");
  });

  test("refuses runs without the reference", () => {
    expect(() => summarise([[constant("oracle", 1)]], { windowSteps: 2 })).toThrow(
      "every run needs a ranker named best fixed",
    );
  });
});
