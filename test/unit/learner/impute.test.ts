import { expect, test } from "vitest";
import { FACTOR_COLUMNS } from "../../../src/core/features/factor.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import { loadLearner, saveLearner } from "../../../training/learner/codec.ts";
import { impute, type Moments } from "../../../training/learner/impute.ts";
import { Learner } from "../../../training/learner/learner.ts";
import { vectorsOf } from "../embed/values.ts";
import { learnAll, namesOf, randomDecisions } from "./rows.ts";

const ORDER = 5;
const LATE = [2, 4];

function momentsOf(rows: readonly (readonly number[])[], rewards: readonly number[]): Moments {
  const gram = new Float64Array(ORDER * ORDER);
  const moment = new Float64Array(ORDER);
  rows.forEach((row, r) => {
    for (let i = 0; i < ORDER; i++) {
      for (let j = 0; j <= i; j++) gram[i * ORDER + j] += row[i] * row[j];
      moment[i] += row[i] * rewards[r];
    }
  });
  return { gram, moment };
}

/** [1, x, 2 x − w, w, 1 − x + 3 w]: the late columns follow from the others. */
function rowsOf(n: number, seed: string): { rows: number[][]; rewards: number[] } {
  const uniform = uniformOf(seed.padStart(64, "0"));
  const rows = Array.from({ length: n }, () => {
    const [x, w] = [uniform() - 0.5, uniform() - 0.5];
    return [1, x, 2 * x - w, w, 1 - x + 3 * w];
  });
  return { rows, rewards: rows.map(() => uniform()) };
}

const blank = (row: readonly number[]) => row.map((value, i) => (LATE.includes(i) ? 0 : value));

test("late columns that follow from the others come out as if they had been there", () => {
  const old = rowsOf(4_000, "01d");
  const later = rowsOf(400_000, "1a7e");
  const before = momentsOf(old.rows.map(blank), old.rewards);
  impute(before, momentsOf(later.rows, later.rewards), { order: ORDER, late: LATE });
  const truth = momentsOf(old.rows, old.rewards);
  // The regression's prior of 50 rows pulls by about one part in a thousand of 400,000 · Var.
  before.gram.forEach((value, k) => expect(Math.abs(value - truth.gram[k])).toBeLessThan(0.01 * 4_000));
  before.moment.forEach((value, k) => expect(Math.abs(value - truth.moment[k])).toBeLessThan(0.01 * 4_000));
});

test("without later rows the late columns stay at their centre", () => {
  const old = rowsOf(100, "01d");
  const before = momentsOf(old.rows.map(blank), old.rewards);
  const { gram, moment } = momentsOf(old.rows.map(blank), old.rewards);
  impute(before, momentsOf([], []), { order: ORDER, late: LATE });
  expect(before).toEqual({ gram, moment });
});

/** Columns "first|z" and two factor columns; the second follows the reward, the first column only partly. */
function taught(): Learner {
  const uniform = uniformOf("7a".padStart(64, "0"));
  const normal = () => uniform() + uniform() + uniform() + uniform() - 2;
  const learner = new Learner(["first|z"]);
  const decision = (withFactor: boolean) =>
    Array.from({ length: 10 }, () => {
      const taste = normal();
      const x = [taste + normal(), ...(withFactor ? [taste, taste] : [])];
      return { x, reward: uniform() < 0.3 + 0.2 * Math.tanh(taste) ? 1 : 0 };
    });
  learnAll(
    learner,
    Array.from({ length: 4_000 }, () => decision(false)),
  );
  learner.add({ kind: 2, columns: FACTOR_COLUMNS.slice(0, 2) }, 5_000);
  learner.add(vectorsOf(), 5_001);
  learnAll(
    learner,
    Array.from({ length: 300 }, () => decision(true)),
    5_002,
  );
  return learner;
}

test("40,000 rows of before do not drown what 3,000 rows with vectors say", () => {
  const learner = taught();
  const { weights } = learner.value();
  // Given the taste, the first column says nothing; left at their centre, old rows would give it most of the credit.
  expect(learner.vectorsFrom).toBe(5_001);
  expect(weights[2] + weights[3]).toBeGreaterThan(5 * Math.abs(weights[1]));
});

test("blocks on both sides of the first vectors are never merged, and an epoch after them keeps the boundary", () => {
  const decisions = randomDecisions({ decisions: 1_200, rows: 10, columns: 3 });
  const learner = new Learner(namesOf(3));
  learnAll(learner, decisions.slice(0, 300));
  learner.add(vectorsOf(), 400);
  learnAll(learner, decisions.slice(300), 401);
  learner.add(vectorsOf(2), 5_000);
  expect(learner.vectorsFrom).toBe(400);
  expect(learner.blocks.every(({ from, to }) => to < 400 || from > 400)).toBe(true);
  expect(learner.blocks.filter(({ to }) => to < 400).reduce((n, block) => n + block.n, 0)).toBe(3_000);
});

test("a checkpoint remembers where the vectors began", () => {
  const saved = saveLearner({ learner: taught(), position: 7 });
  expect(loadLearner(saved).learner.vectorsFrom).toBe(5_001);
  expect(saveLearner(loadLearner(saved))).toEqual(saved);
});
