/** When new vectors are due, and the vectors: the embed job and the offline evaluation ask the same object. */
import type { Position } from "../../src/core/domain.ts";
import { canonical, type VectorsValue } from "../../src/core/embed/vectors.ts";
import type { Operation } from "../../src/core/join/operations.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import type { Backend } from "./backends/backend.ts";
import type { Declared } from "./content.ts";
import { EmbedRows, ROWS_MAX } from "./rows.ts";
import { type TrainOptions, trainVectors } from "./train.ts";

/** Rows before the first vectors, and by what share they must have grown before the next. */
export const FIRST_ROWS = 4_096;
export const GROWTH = 0.2;

/** Rows since the log began at which the next vectors are due; at the latest when all rows learned from are new. */
export function dueAt(trainedRows: number): number {
  return Math.max(FIRST_ROWS, trainedRows + Math.min(ROWS_MAX, Math.ceil(trainedRows * GROWTH)));
}

/** One set of vectors and how it came about. */
export interface Learned {
  readonly value: VectorsValue;
  readonly losses: readonly number[];
}

/** A fold over the joined log: the vectors that it counts from are those that the log brought. */
export class Embedder {
  readonly rows: EmbedRows;
  previous: VectorsValue | undefined;
  /** Rows at the last training that gave no vectors. */
  triedRows = 0;

  constructor(rows: EmbedRows = new EmbedRows()) {
    this.rows = rows;
  }

  add(operation: Operation, position: Position): void {
    if (operation.kind === OperationKind.vectors) this.previous = canonical(operation);
    else this.rows.add(operation, position);
  }

  get due(): boolean {
    return this.rows.total >= dueAt(Math.max(this.triedRows, this.previous?.rows ?? 0));
  }

  /** New vectors of everything so far; undefined where all rewards are equal. */
  learn(
    backend: Backend,
    { declared, learnedTo }: { declared: Declared; learnedTo: Position },
    options?: TrainOptions,
  ): Learned | undefined {
    const rows = this.rows.total;
    this.triedRows = rows;
    const trained = trainVectors(backend, { rows: this.rows, declared }, options);
    if (trained === undefined) return undefined;
    const version = (this.previous?.version ?? 0) + 1;
    this.previous = canonical({ ...trained.value, version, rows, learnedTo });
    return { value: this.previous, losses: trained.losses };
  }
}
