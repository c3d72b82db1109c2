import { expect, test } from "vitest";
import { Catalogue } from "../../../src/core/features/catalogue.ts";
import { FeatureState } from "../../../src/core/features/state.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import { Choice, VARIANTS, WAITING_ROWS } from "../../../training/learner/choice.ts";
import { Learner } from "../../../training/learner/learner.ts";
import { correctOf, learnOf, namesOf, type Row, unlearnOf } from "./rows.ts";

/** Rows whose reward follows the columns by weights that turn round at `drift`. */
function drifting(shape: { rows: number; drift: number }): Row[] {
  const uniform = uniformOf("b".padStart(64, "0"));
  return Array.from({ length: shape.rows }, (_, i) => {
    const x = [2 * uniform() - 1, 2 * uniform() - 1, 2 * uniform() - 1];
    const sign = i < shape.drift ? 1 : -1;
    return { x, reward: sign * (x[0] + x[1]) + 0.3 * (uniform() - 0.5) };
  });
}

function run(rows: readonly Row[]): Learner {
  const learner = new Learner(namesOf(3));
  for (let i = 0; i < rows.length; i += 10) {
    const position = 2 * i;
    learner.add(learnOf(rows.slice(i, i + 10), 3), position);
    learner.add({ kind: OperationKind.close, decision: "d", learnedAt: position, rewards: [], at: 0 }, position + 1);
  }
  return learner;
}

test("after a drift the shortest half-life wins; without one a long one does", () => {
  const rows = 40_000;
  const steady = run(drifting({ rows, drift: rows }));
  expect(VARIANTS[steady.choice.best].halfLife).toBeGreaterThan(10_000);
  const drifted = run(drifting({ rows, drift: 24_000 }));
  expect(VARIANTS[drifted.choice.best].halfLife).toBe(4096);
  expect(drifted.value().weights[1]).toBeLessThan(0);
  expect(steady.value().weights[1]).toBeGreaterThan(0);
});

test("a change is found and what was learned before it counts as little as 512 rows", () => {
  const before = run(drifting({ rows: 24_000, drift: 24_000 }));
  expect(before.blocks.every(({ weight }) => weight === 1)).toBe(true);
  const after = run(drifting({ rows: 26_000, drift: 24_000 }));
  const old = after.blocks.filter(({ weight }) => weight !== 1);
  const counted = old.reduce((sum, { n, weight }) => sum + n * weight, 0);
  expect(old.length).toBeGreaterThan(0);
  expect(counted).toBeLessThanOrEqual(512);
  expect(after.value().weights[1]).toBeLessThan(0);
});

test("rates and learner believe in a change at the same row, for both test what the model believed", () => {
  const learner = new Learner(namesOf(3));
  const rates = new FeatureState(new Catalogue({ itemsMax: 100, usersMax: 100 }));
  const rows = drifting({ rows: 26_000, drift: 24_000 });
  let found = 0;
  for (let i = 0; i < rows.length; i += 10) {
    const some = rows.slice(i, i + 10);
    const operation = { ...learnOf(some, 3), scores: Float32Array.from(some, ({ x }) => x[0] + x[1]) };
    learner.add(operation, i);
    rates.apply(operation);
    const { suspects, ...watch } = rates.rateChange;
    expect(learner.choice.watch.state).toEqual(watch);
    if (watch.test.since < 10 && i > 0) found++;
  }
  expect(found).toBe(1);
  expect(learner.blocks.some(({ weight }) => weight !== 1)).toBe(true);
});

test("a learner that forgets nothing looks for no change", () => {
  const learner = new Learner(namesOf(3));
  learner.choice.forgets = false;
  const rows = drifting({ rows: 26_000, drift: 24_000 });
  for (let i = 0; i < rows.length; i += 10) learner.add(learnOf(rows.slice(i, i + 10), 3), i);
  expect(learner.blocks.every(({ weight }) => weight === 1)).toBe(true);
});

const taken = (weights: readonly number[]) =>
  [
    VARIANTS.map((_, k) => Float64Array.of(0, weights[k] ?? 0)),
    { centre: Float32Array.of(0), scale: Float32Array.of(1), rewardUnit: 1 },
  ] as const;

/** Lists of ten whose common level wanders, while what tells their rows apart stands. */
function wandering(rows: number): Row[] {
  const uniform = uniformOf("c".padStart(64, "0"));
  let level = 0;
  return Array.from({ length: rows }, (_, i) => {
    if (i % 10_000 === 0) level = 4 * uniform() - 2;
    const x = [2 * uniform() - 1, 2 * uniform() - 1, 2 * uniform() - 1];
    return { x, reward: level + 0.3 * x[0] + 2 * (uniform() - 0.5) };
  });
}

test("a level that wanders from list to list is no reason to forget what tells the rows of a list apart", () => {
  const { choice } = run(wandering(40_000));
  const [, , half, quarter] = choice.evidence();
  expect(Math.min(half.loss, quarter.loss)).toBeLessThan(choice.evidence()[0].loss);
  expect(VARIANTS[choice.best].halfLife).toBe(Number.POSITIVE_INFINITY);
});

test("a decision is judged by its final rewards, without the rows that were not seen", () => {
  const choice = new Choice();
  choice.take(...taken([0, 1]));
  const row = { item: "a", dense: Float32Array.of(1), reward: 0 };
  choice.predict(5, [row, row, row]);
  choice.correct(5, 0, 1);
  choice.drop(5, 2);
  choice.correct(5, 2, 9);
  expect(choice.losses.every((loss) => loss === 0)).toBe(true);
  choice.close(5);
  expect([...choice.losses.slice(0, 2)]).toEqual([1, 1]);
  expect(choice.rows).toBe(2);
  expect(choice.waitingRows).toBe(0);
  choice.close(5);
  expect(choice.rows).toBe(2);
});

test("the smallest error wins, but not by a hair", () => {
  const choice = new Choice();
  choice.take(...taken([]));
  choice.losses.fill(100).set([100, 99.999]);
  choice.take(...taken([]));
  expect(choice.best).toBe(0);
  choice.losses.fill(100).set([100, 99.9, 99]);
  choice.take(...taken([]));
  expect(choice.best).toBe(2);
});

test("decisions that never close are judged when enough rows wait behind them", () => {
  const choice = new Choice();
  choice.take(...taken([]));
  const rows = Array.from({ length: 64 }, () => ({ item: "a", dense: Float32Array.of(1), reward: 1 }));
  for (let i = 0; i < WAITING_ROWS / 64 + 10; i++) choice.predict(i, rows);
  expect(choice.waitingRows).toBe(WAITING_ROWS);
  expect(choice.losses[0]).toBeGreaterThan(600);
});

test("a row that is unlearned through the learner is not judged", () => {
  const rows = drifting({ rows: 60, drift: 60 });
  const learner = run(rows);
  const late = learnOf(rows.slice(0, 10), 3);
  learner.add(late, 500);
  const before = learner.choice.rows;
  for (let row = 5; row < 10; row++) learner.add(unlearnOf(late, 500, { row }), 501);
  learner.add(correctOf(late, 500, { row: 0, after: 3 }), 502);
  learner.add({ kind: OperationKind.close, decision: "d", learnedAt: 500, rewards: [], at: 0 }, 503);
  expect(learner.choice.rows - before).toBeCloseTo(5, 1);
});
