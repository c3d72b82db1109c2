import { expect, test } from "vitest";
import { shareInterval90 } from "../../../src/core/estimators/shareInterval.ts";

/** Chance that the interval holds p, by enumeration of all counts and of `lucks` even places of the tie-breaker. */
function coverage(n: number, p: number, lucks: number): number {
  let covered = 0;
  let chance = (1 - p) ** n;
  for (let ones = 0; ones <= n; ones++) {
    let held = 0;
    for (let k = 0; chance > 1e-9 && k < lucks; k++) {
      const { low, high } = shareInterval90({ n, ones, luck: (k + 0.5) / lucks });
      if (low <= p && p <= high) held++;
    }
    covered += (chance * held) / lucks;
    chance *= ((n - ones) / (ones + 1)) * (p / (1 - p));
  }
  return covered;
}

/** Nothing is drawn: what is missing are the grid's 1/100 at most for each of two ties, and counts rarer than 1e-9. */
test.each([
  [300, 0.002],
  [300, 0.02],
  [40, 0.5],
  [40, 0.97],
  [3, 0.3],
])("of %i rewards with a chance of %f the interval holds it nine times in ten", (n, p) => {
  expect(Math.abs(coverage(n, p, 100) - 0.9)).toBeLessThan(0.01);
});

/** Oracle: Clopper and Pearson's 90 % limits for 3 of 20, from tables: .0422 and .3437. */
test("with ties held at both ends the limits are Clopper and Pearson's", () => {
  expect(shareInterval90({ n: 20, ones: 3, luck: 1 }).high).toBeCloseTo(0.3437, 4);
  expect(shareInterval90({ n: 20, ones: 3, luck: 0 }).low).toBeCloseTo(0.0422, 4);
});

test("what is turned round has the limits turned round", () => {
  const { low, high } = shareInterval90({ n: 50, ones: 49, luck: 0.25 });
  const turned = shareInterval90({ n: 50, ones: 1, luck: 0.75 });
  expect([low, high]).toEqual([expect.closeTo(1 - turned.high, 9), expect.closeTo(1 - turned.low, 9)]);
});

test("no rewards say nothing, and rewards that are all equal leave that value possible", () => {
  expect(shareInterval90({ n: 0, ones: 0, luck: 0.5 })).toEqual({ low: 0, high: 1 });
  expect(shareInterval90({ n: 10, ones: 0, luck: 0.5 }).low).toBe(0);
  expect(shareInterval90({ n: 10, ones: 10, luck: 0.5 }).high).toBe(1);
});
