/** Our learner in an offline evaluation: told every operation, asked for scores of lists from what was told before. */
import type { Encoded } from "../../src/core/features/encode.ts";
import type { Operation } from "../../src/core/join/operations.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import type { RankingRecord } from "../../src/core/log/records.ts";
import { Learner } from "../learner/learner.ts";
import { phi } from "../learner/scale.ts";

export class Head {
  readonly learner: Learner;
  private readonly off: (column: string) => boolean;
  private weights: Float64Array | undefined;

  /** @param off columns by name that it does without: they are 0 in all that it learns. */
  constructor(columns: readonly string[], off: (column: string) => boolean = () => false) {
    this.learner = new Learner(columns);
    this.off = off;
  }

  /** Cost: that of the learner, and a copy of the rows where columns are off. */
  add(operation: Operation, position: number): void {
    this.learner.add(this.without(operation), position);
  }

  /** New weights from what was learned so far. Cost: order³. */
  solve(): void {
    this.weights = this.learner.value().weights;
  }

  /** Scores of a list's items, all 0 before the first weights. */
  scores({ items }: RankingRecord, { n, columns, dense }: Encoded): Float64Array {
    const { learner, weights } = this;
    const scores = new Float64Array(n);
    if (weights === undefined) return scores;
    const { centre, scale } = learner.scale;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < Math.min(columns, weights.length - 1); j++) {
        if (scale[j] !== 0) scores[i] += weights[j + 1] * phi(dense[i * columns + j], centre[j], scale[j]);
      }
    }
    const { own, choice } = learner;
    const f = choice.own === undefined ? undefined : own.read(dense.subarray(0, columns));
    if (f === undefined || choice.own === undefined) return scores;
    // The constant that all others share is left out.
    for (let i = 0; i < n; i++) {
      const scored = own.predict(items[i].id, choice.own, f);
      if (scored !== undefined) scores[i] = scored.mean - weights[0];
    }
    return scores;
  }

  private without(operation: Operation): Operation {
    const { kind } = operation;
    if (kind !== OperationKind.learn && kind !== OperationKind.correct && kind !== OperationKind.unlearn)
      return operation;
    const columns = kind === OperationKind.learn ? operation.columns : operation.dense.length;
    const off = this.learner.columns.slice(0, columns).flatMap((name, j) => (this.off(name) ? [j] : []));
    if (off.length === 0) return operation;
    const dense = Float32Array.from(operation.dense);
    for (let row = 0; row < dense.length; row += columns) for (const j of off) dense[row + j] = 0;
    return { ...operation, dense };
  }
}
