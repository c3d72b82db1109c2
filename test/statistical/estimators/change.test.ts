import { expect, test } from "vitest";
import { addChange, emptyChange, isPunctual } from "../../../src/core/estimators/change.ts";
import { uniformOf } from "../../../src/core/math/random.ts";

const STREAMS = 100;
const ROWS = 12_000;

/** Row of the first alarm in a stream of predictions in [.05, .65] whose clicks come with `chance`; absent: none. */
function firstAlarm(seed: number, chance: (prediction: number, row: number) => number): number | undefined {
  const uniform = uniformOf(seed.toString(16).padStart(64, "0"));
  const change = emptyChange();
  for (let row = 0; row < ROWS; row++) {
    const prediction = 0.05 + 0.6 * uniform() ** 2;
    const reward = uniform() < chance(prediction, row) ? 1 : 0;
    if (addChange(change, { prediction, reward }, row)) return row;
  }
  return undefined;
}

function alarms(chance: (prediction: number, row: number) => number): (number | undefined)[] {
  return Array.from({ length: STREAMS }, (_, seed) => firstAlarm(seed + 1, chance));
}

/**
 * Rows between false alarms are at least exp(threshold) = 20 n, so a stream has one with a chance of at most
 * Σ 1 / (20 n) from row 2,048 to 12,000 = .088 (less, for a score starts from 0 again and again). Seeds 1 – 100; 18
 * alarms or more come with a chance below .002.
 */
test("right predictions raise an alarm no more often than promised", () => {
  expect(alarms((prediction) => prediction).filter((row) => row !== undefined).length).toBeLessThan(18);
});

/** The same bound. Two rows of a hundred are clicked six times in ten, the others two in a hundred. */
test("so do right predictions when a few rows have nearly all the noise", () => {
  const found = Array.from({ length: STREAMS }, (_, seed) => {
    const uniform = uniformOf((seed + 1).toString(16).padStart(64, "0"));
    const change = emptyChange();
    for (let row = 0; row < ROWS; row++) {
      const prediction = uniform() < 0.02 ? 0.6 : 0.02;
      if (addChange(change, { prediction, reward: uniform() < prediction ? 1 : 0 }, row)) return true;
    }
    return false;
  });
  expect(found.filter(Boolean).length).toBeLessThan(18);
});

/** The same bound: a model from elsewhere may score in any unit, here log odds. */
test("so do scores in another unit than rewards", () => {
  const found = Array.from({ length: STREAMS }, (_, seed) => {
    const uniform = uniformOf((seed + 1).toString(16).padStart(64, "0"));
    const change = emptyChange();
    for (let row = 0; row < ROWS; row++) {
      const chance = 0.05 + 0.6 * uniform() ** 2;
      const prediction = Math.log(chance / (1 - chance));
      if (addChange(change, { prediction, reward: uniform() < chance ? 1 : 0 }, row)) return true;
    }
    return false;
  });
  expect(found.filter(Boolean).length).toBeLessThan(18);
});

/** The same bound: a common fall of all rewards leaves the score's mean step below 0. */
test("a fall that is common to all rows is no change of what is best", () => {
  const level = alarms((prediction, row) => (row < 6_000 ? prediction : prediction - 0.04));
  expect(level.filter((row) => row !== undefined).length).toBeLessThan(18);
});

/** A row adds about .03 to the score, sd .2, and 11.7 is asked for: 400 rows, sd 100; 1,500 are eleven sd off. */
test("once predictions tell nothing any more the alarm comes within 1,500 rows", () => {
  const changed = alarms((prediction, row) => (row < 6_000 ? prediction : 0.25));
  for (const row of changed.filter((at) => at === undefined || at >= 6_000)) expect(row).toBeLessThan(7_500);
  expect(changed.filter((row) => row !== undefined && row >= 6_000).length).toBeGreaterThan(STREAMS - 18);
});

test("the score is how much likelier the rewards are under halved differences, never below 0", () => {
  const change = {
    ...emptyChange(),
    rows: 1_000,
    predictions: 300,
    rewards: 300,
    spread: 10,
    borneOut: 10,
    errors: 2,
    since: 5_000,
  };
  addChange(change, { prediction: 0.5, reward: 0 }, 5_000);
  // p' = .3 + .2 / 2 = .4, noise .2: (.25 − .16) / .4
  expect(change.score).toBeCloseTo(0.225, 12);
  addChange(change, { prediction: 0.5, reward: 1 }, 5_000);
  expect(change.score).toBeLessThan(0.225);
  addChange(change, { prediction: 0.9, reward: 1 }, 5_000);
  expect(change.score).toBe(0);
});

test("a row that is no number changes nothing", () => {
  const change = emptyChange();
  expect(addChange(change, { prediction: Number.NaN, reward: 1 }, 1)).toBe(false);
  expect(change).toEqual(emptyChange());
});

test("rows are tested at once only where hardly any reward comes after they were learned", () => {
  expect(isPunctual({ told: 0, late: 0 })).toBe(false);
  expect(isPunctual({ told: 100, late: 5 })).toBe(true);
  expect(isPunctual({ told: 100, late: 6 })).toBe(false);
});
