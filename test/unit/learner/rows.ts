/** Streams of operations for tests of the learner: what the pipeline would have written. */
import type { CorrectOperation, LearnOperation, UnlearnOperation } from "../../../src/core/join/operations.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import type { Learner } from "../../../training/learner/learner.ts";

export interface Row {
  readonly x: readonly number[];
  readonly reward: number;
}

/** One decision that settled. */
export function learnOf(rows: readonly Row[], columns: number): LearnOperation {
  const items = rows.map((_, i) => `item${i}`);
  return {
    kind: OperationKind.learn,
    decision: "d",
    served: "model",
    variant: "stable",
    modelVersion: 0,
    at: 0,
    settledAt: 0,
    segments: [],
    items,
    positions: rows.map((_, i) => i + 1),
    rewards: rows.map(({ reward }) => reward),
    base: 0,
    columns,
    dense: Float32Array.from(rows.flatMap(({ x }) => x)),
  };
}

/** The row of a decision that was learned at `learnedAt`, as corrections and removals name it. */
function rowOf(learned: LearnOperation, learnedAt: number, row: number) {
  const { columns } = learned;
  const dense = learned.dense.slice(row * columns, (row + 1) * columns);
  return { decision: learned.decision, item: learned.items[row], learnedAt, row, columns, dense, at: 0 };
}

export function correctOf(
  learned: LearnOperation,
  learnedAt: number,
  change: { row: number; before?: number; after: number },
): CorrectOperation {
  const { row, before = learned.rewards[row], after } = change;
  return { kind: OperationKind.correct, ...rowOf(learned, learnedAt, row), before, after };
}

export function unlearnOf(
  learned: LearnOperation,
  learnedAt: number,
  change: { row: number; before?: number },
): UnlearnOperation {
  const { row, before = learned.rewards[row] } = change;
  return { kind: OperationKind.unlearn, ...rowOf(learned, learnedAt, row), before, segments: [] };
}

/** `decisions` of `rows` rows: columns about normal, the first scaled like "|z"; reward from 0 to 1 by them. */
export function randomDecisions(shape: { decisions: number; rows: number; columns: number; seed?: number }): Row[][] {
  const uniform = uniformOf(String(shape.seed ?? 1).padStart(64, "0"));
  const normal = () => uniform() + uniform() + uniform() + uniform() - 2;
  return Array.from({ length: shape.decisions }, () =>
    Array.from({ length: shape.rows }, () => {
      const x = Array.from({ length: shape.columns }, (_, j) => (j + 1) * normal() + j);
      return { x, reward: uniform() < 0.2 + 0.1 * Math.sign(x[0]) ? 1 : 0 };
    }),
  );
}

export function namesOf(columns: number): string[] {
  return Array.from({ length: columns }, (_, j) => (j === 0 ? "first|z" : `number:${j}`));
}

/** Folds the decisions at positions 100, 101, …; answers their operations. */
export function learnAll(learner: Learner, decisions: readonly (readonly Row[])[], from = 100): LearnOperation[] {
  return decisions.map((rows, i) => {
    const operation = learnOf(rows, rows[0].x.length);
    learner.add(operation, from + i);
    return operation;
  });
}
