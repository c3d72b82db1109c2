/** A model as the server uses it: loaded once, called once a request, released when nobody holds it. */
import type { RawModel } from "../core/model/rawTensor.ts";

/** Rows of one request, row-major. */
export interface ScoreRequest {
  /** n × columns raw values, finite. */
  readonly dense: Float32Array;
  readonly n: number;
  readonly columns: number;
  /** How often each candidate's item was shown (its own uncertainty); n values ≥ 0. */
  readonly counts: Float32Array;
  /** Id of each row's item, for scorers that read it; absent: no item has coefficients of its own. */
  readonly ids?: readonly string[];
  /** Rows of each of several requests that lie one after the other; absent: all are of one. */
  readonly sizes?: readonly number[];
  /** Whether `dense` holds n more rows, whose means alone are wanted: row n + i belongs to row i. */
  readonly twins?: boolean;
}

export interface ScoreResult {
  /** n, or 2n with twins; the variance of the first n at least. */
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** Encoder columns that a model reads: the first `columns.length` of the policy's schema, by name. */
export interface Scorer {
  readonly version: number;
  readonly columns: readonly string[];
  /** Value of each column at which it says nothing: the model's own centre. Absent: 0. */
  readonly population?: Float32Array;
  /** Whether it reads `ids`. */
  readonly readsIds?: boolean;
  score(request: ScoreRequest): Promise<ScoreResult>;
  /** The same at once, for scorers that block while they work; absent where rows of several requests would meet. */
  scoreNow?(request: ScoreRequest): ScoreResult;
  /** The model's own inputs and outputs, for raw inference; good until the release. */
  readonly raw?: RawModel;
  release(): Promise<void>;
}
