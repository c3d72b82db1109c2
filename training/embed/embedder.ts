/** When new vectors are due, and the vectors: the embed job and the offline evaluation ask the same object. */
import type { Position } from "../../src/core/domain.ts";
import type { VectorsValue } from "../../src/core/embed/vectors.ts";
import type { Operation } from "../../src/core/join/operations.ts";
import type { Backend } from "./backends/backend.ts";
import type { Declared } from "./content.ts";
import { EmbedRows } from "./rows.ts";
import { type TrainOptions, trainVectors } from "./train.ts";

/** Rows before the first vectors, and by how much they must have grown before the next. */
export const FIRST_ROWS = 4_096;
export const GROWTH = 1.25;

/** Rows since the log began at which the next vectors are due. */
export function dueAt(trainedRows: number): number {
  return Math.max(FIRST_ROWS, Math.ceil(trainedRows * GROWTH));
}

/** One set of vectors and how it came about. */
export interface Learned {
  readonly value: VectorsValue;
  readonly losses: readonly number[];
}

export class Embedder {
  readonly rows: EmbedRows;
  /** Of the last vectors. */
  version = 0;
  trainedRows = 0;
  previous: VectorsValue | undefined;

  constructor(rows: EmbedRows = new EmbedRows()) {
    this.rows = rows;
  }

  add(operation: Operation, position: Position): void {
    this.rows.add(operation, position);
  }

  get due(): boolean {
    return this.rows.total >= dueAt(this.trainedRows);
  }

  /** New vectors of everything so far; undefined where all rewards are equal. */
  learn(
    backend: Backend,
    { declared, learnedTo }: { declared: Declared; learnedTo: Position },
    options?: TrainOptions,
  ): Learned | undefined {
    this.trainedRows = this.rows.total;
    const trained = trainVectors(backend, { rows: this.rows, declared, previous: this.previous }, options);
    if (trained === undefined) return undefined;
    this.version++;
    this.previous = { ...trained.value, version: this.version, learnedTo };
    return { value: this.previous, losses: trained.losses };
  }
}
