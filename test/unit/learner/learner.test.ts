import { describe, expect, test } from "vitest";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { addRow, emptyBlock, mergeBlocks } from "../../../training/learner/blocks.ts";
import { VARIANTS } from "../../../training/learner/choice.ts";
import { EPOCHS, Learner } from "../../../training/learner/learner.ts";
import { measure, quantise, quantiseReward, UNIT } from "../../../training/learner/scale.ts";
import { ridge } from "./oracle.ts";
import { correctOf, learnAll, learnOf, namesOf, randomDecisions, unlearnOf } from "./rows.ts";

/** What was learned, without how it competes: sums and scales. */
const sums = ({ blocks, scale, rows }: Learner) => ({ blocks, scale, rows });

describe("the posterior", () => {
  test.each([20, 100, 700])("of %i rows is ridge regression on the rows as integers", (n) => {
    const columns = 5;
    const decisions = randomDecisions({ decisions: n / 5, rows: 5, columns });
    const learner = new Learner(namesOf(columns));
    learnAll(learner, decisions);
    const rows = decisions.flat().map(({ x, reward }) => {
      const q = new Float64Array(columns + 1);
      quantise(Float32Array.from(x), learner.scale, q);
      const y = quantiseReward(reward, learner.scale.rewardUnit) * learner.scale.rewardUnit;
      return { x: Array.from(q, (value) => value / UNIT), y };
    });
    const { ridge: strength } = VARIANTS[learner.choice.best];
    const expected = ridge(rows, [1e-3, ...new Array<number>(columns).fill(strength)]);
    const { weights, sigma2 } = learner.value();
    for (let i = 0; i <= columns; i++) expect(Math.abs(weights[i] - expected[i])).toBeLessThan(1e-9);
    const residual = rows.reduce((sum, { x, y }) => sum + (y - x.reduce((s, v, i) => s + v * expected[i], 0)) ** 2, 0);
    const scale2 = (1024 * learner.scale.rewardUnit) ** 2;
    expect(sigma2).toBeCloseTo((residual + 0.4 * scale2) / (n + 4), 9);
  });

  test("with all rewards zero has weights of zero and a positive variance", () => {
    const learner = new Learner(namesOf(3));
    learnAll(
      learner,
      randomDecisions({ decisions: 60, rows: 5, columns: 3 }).map((rows) => rows.map(({ x }) => ({ x, reward: 0 }))),
    );
    const { weights, sigma2, inverse } = learner.value();
    expect([...weights]).toEqual([0, 0, 0, 0]);
    expect(sigma2).toBeGreaterThan(0);
    expect(Number.isFinite(sigma2)).toBe(true);
    expect(inverse.every(Number.isFinite)).toBe(true);
  });

  test("of no rows is finite", () => {
    const { weights, sigma2, inverse } = new Learner(namesOf(3)).value();
    expect([...weights]).toEqual([0, 0, 0, 0]);
    expect(sigma2).toBeGreaterThan(0);
    expect(inverse.every(Number.isFinite)).toBe(true);
  });

  test.each([
    ["±1e38", [1e38, -1e38, 3e38, 0]],
    ["denormals", [1e-45, 3e-45, -1e-40, 0]],
    ["mixed sizes", [1e38, 1e-45, -1, 0]],
    ["one outlier among small numbers", [0.1, 0.1, 0.1, 3.4e38]],
  ])("of columns with %s is finite", (_, values) => {
    const learner = new Learner(namesOf(3));
    const decisions = randomDecisions({ decisions: 150, rows: 4, columns: 3 }).map((rows, i) =>
      rows.map(({ reward }, r) => ({
        x: [values[(i + r) % 4], values[(i * 3 + r) % 4], values[(i + 2 * r) % 4]],
        reward,
      })),
    );
    learnAll(learner, decisions);
    const { weights, sigma2, inverse } = learner.value();
    expect([...weights, ...inverse, sigma2].every(Number.isFinite)).toBe(true);
    expect(sigma2).toBeGreaterThan(0);
  });

  test.each([1e18, -1e18, 1e-300, 5e-324, 1e-20])("of rewards of size %d is finite", (size) => {
    const learner = new Learner(namesOf(2));
    const decisions = randomDecisions({ decisions: 150, rows: 4, columns: 2 });
    learnAll(
      learner,
      decisions.map((rows) => rows.map(({ x, reward }) => ({ x, reward: reward * size }))),
    );
    const { weights, sigma2 } = learner.value();
    expect([...weights].every(Number.isFinite)).toBe(true);
    expect(sigma2).toBeGreaterThan(0);
    expect(Number.isFinite(sigma2)).toBe(true);
  });
});

describe("a row", () => {
  test("that is learned and unlearned leaves the sums as they were, bit for bit", () => {
    const decisions = randomDecisions({ decisions: 100, rows: 8, columns: 4 });
    const learner = new Learner(namesOf(4));
    learnAll(learner, decisions);
    const before = structuredClone(learner.blocks);
    const more = learnOf(randomDecisions({ decisions: 1, rows: 8, columns: 4, seed: 2 })[0], 4);
    learner.add(more, 500);
    for (let row = 0; row < 8; row++) learner.add(unlearnOf(more, 500, { row }), 501);
    expect(learner.blocks.map(({ gram, moment, squares, n }) => ({ gram, moment, squares, n }))).toEqual(
      before.map(({ gram, moment, squares, n }) => ({ gram, moment, squares, n })),
    );
  });

  test.each(EPOCHS.slice(1, 4))("unlearned before the epoch at %i rows is not folded into it again", (epoch) => {
    const decisions = randomDecisions({ decisions: epoch / 8, rows: 8, columns: 3 });
    const learner = new Learner(namesOf(3));
    const first = learnOf(decisions[0], 3);
    learner.add(first, 10);
    for (let row = 3; row < 8; row++) learner.add(unlearnOf(first, 10, { row }), 11);
    learnAll(learner, decisions.slice(1));
    expect(learner.rows).toBe(epoch);
    const seen = [...decisions[0].slice(0, 3), ...decisions.slice(1).flat()];
    const rows = seen.map(({ x, reward }) => ({ dense: Float32Array.from(x), reward }));
    expect(learner.scale).toEqual(measure(rows, 3));
    const block = emptyBlock(0, 4);
    for (const { dense, reward } of rows) {
      const q = new Float64Array(4);
      quantise(dense, learner.scale, q);
      addRow(block, q, quantiseReward(reward, learner.scale.rewardUnit), 1);
    }
    const { gram, moment, squares, n } = learner.blocks.reduce(mergeBlocks);
    expect({ gram, moment, squares, n }).toEqual({
      gram: block.gram,
      moment: block.moment,
      squares: block.squares,
      n: epoch - 5,
    });
  });

  test.each([6, 40, 130, 600])(
    "corrected before %i rows is as if its reward had been known at once, bit for bit",
    (n) => {
      const decisions = randomDecisions({ decisions: Math.ceil(n / 2), rows: 2, columns: 4, seed: 3 });
      const late = new Learner(namesOf(4));
      const early = new Learner(namesOf(4));
      decisions.forEach((rows, i) => {
        early.add(learnOf(rows, 4), 100 + i);
        const blind = learnOf(
          rows.map(({ x }, r) => ({ x, reward: i === 0 ? rows[r].reward : 0 })),
          4,
        );
        late.add(blind, 100 + i);
        for (let row = 0; row < rows.length; row++) {
          if (i > 0 && rows[row].reward !== 0)
            late.add(correctOf(blind, 100 + i, { row, after: rows[row].reward }), 100 + i);
        }
      });
      expect(sums(late)).toEqual(sums(early));
      expect(late.value()).toEqual(early.value());
    },
  );

  test("of a column that was switched on later is corrected and unlearned as it was folded", () => {
    const learner = new Learner(namesOf(2));
    const decisions = randomDecisions({ decisions: 100, rows: 100, columns: 2, seed: 5 }).map((rows, i) =>
      rows.map(({ x, reward }) => ({ x: [x[0], i < 88 ? 7 : x[1]], reward })),
    );
    const operations = learnAll(learner, decisions);
    expect(learner.scale.scale[1]).toBeGreaterThan(0);
    for (const [i, learned] of operations.entries()) {
      learner.add(unlearnOf(learned, 100 + i, { row: 0 }), 1000);
    }
    for (const block of learner.blocks) {
      expect(block.n).toBeGreaterThan(0);
      for (const diagonal of [0, 2, 5]) expect(block.gram[diagonal]).toBeGreaterThanOrEqual(0);
    }
    for (const [i, learned] of operations.entries()) {
      learner.add(correctOf(learned, 100 + i, { row: 1, after: learned.rewards[1] + 1 }), 1001);
      learner.add(
        correctOf(learned, 100 + i, { row: 1, before: learned.rewards[1] + 1, after: learned.rewards[1] }),
        1002,
      );
    }
    // All rows of a decision gone, its sums are gone too.
    for (const [i, learned] of operations.entries()) {
      for (let row = 1; row < 100; row++) learner.add(unlearnOf(learned, 100 + i, { row }), 1003);
    }
    for (const { gram, moment, squares, n } of learner.blocks) {
      expect(n).toBe(0);
      expect(squares).toBe(0);
      expect([...gram, ...moment].every((sum) => sum === 0)).toBe(true);
    }
  });
});

describe("columns", () => {
  test("that come later start at zero and leave the sums of the others as they were", () => {
    const [wide, narrow] = [new Learner(namesOf(2)), new Learner(namesOf(2))];
    const decisions = randomDecisions({ decisions: 30, rows: 2, columns: 2 });
    learnAll(wide, decisions);
    learnAll(narrow, decisions);
    wide.add({ kind: OperationKind.schema, columns: ["number:new", "other|z"] }, 200);
    expect(wide.columns).toEqual(["first|z", "number:1", "number:new", "other|z"]);
    const [from, to] = [narrow.value().weights, wide.value().weights];
    for (let i = 0; i < 3; i++) expect(to[i]).toBe(from[i]);
    expect([to[3], to[4]]).toEqual([0, 0]);
    expect([...wide.scale.scale.slice(2)]).toEqual([0, 1]);
  });

  test("that come later are learned from the rows that have them", () => {
    const learner = new Learner(namesOf(1));
    learnAll(learner, randomDecisions({ decisions: 100, rows: 10, columns: 1 }));
    learner.add({ kind: OperationKind.schema, columns: ["number:new"] }, 300);
    const decisions = randomDecisions({ decisions: 600, rows: 4, columns: 2, seed: 4 });
    learnAll(
      learner,
      decisions.map((rows) => rows.map(({ x }) => ({ x, reward: x[1] > 1 ? 1 : 0 }))),
      400,
    );
    expect(learner.value().weights[2]).toBeGreaterThan(0.2);
  });

  test("named twice are there once", () => {
    const learner = new Learner(["a|z"]);
    learner.add({ kind: OperationKind.schema, columns: ["a|z", "b"] }, 1);
    expect(learner.columns).toEqual(["a|z", "b"]);
  });
});

test("the same operations give the same learner, wherever an epoch falls", () => {
  const decisions = randomDecisions({ decisions: 900, rows: 3, columns: 3, seed: 8 });
  const [a, b] = [new Learner(namesOf(3)), new Learner(namesOf(3))];
  learnAll(a, decisions);
  learnAll(b, decisions.slice(0, 411));
  learnAll(b, decisions.slice(411), 511);
  expect(sums(b)).toEqual(sums(a));
  expect(b.choice).toEqual(a.choice);
});
