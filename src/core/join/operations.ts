/**
 * What the join says happened, in the joined log. Frames carry a JSON head and a float32 tail
 * (`join/codec.ts`). Everything downstream (features, learning, Parquet, reports) folds these and nothing else.
 */

import type { DecisionId, ItemId, Position, Served, Subject, TimeMs } from "../domain.ts";
import type { VectorsValue } from "../embed/vectors.ts";
import type { Variant } from "../settings/variants.ts";

export const OperationKind = {
  commit: 1,
  schema: 2,
  positive: 3,
  learn: 4,
  correct: 5,
  unlearn: 6,
  close: 7,
  variants: 8,
  vectors: 9,
} as const;
export type OperationKind = (typeof OperationKind)[keyof typeof OperationKind];

/** Columns appended to the encoder's schema; the list only grows. */
export interface SchemaOperation {
  readonly kind: typeof OperationKind.schema;
  readonly columns: readonly string[];
}

/** A reward reached a shown row: item and user memory change at once. `delta` is the change of the row's reward. */
export interface PositiveOperation {
  readonly kind: typeof OperationKind.positive;
  readonly decision: DecisionId;
  readonly subject?: Subject;
  readonly item: ItemId;
  readonly reward: number;
  readonly delta: number;
  /** Whether the row has settled already (its impression is counted). */
  readonly settled: boolean;
  /** String features of context and user of the decision, "name=value": the segments its rates count under. */
  readonly segments: readonly string[];
  readonly at: TimeMs;
}

/** A decision settled: its seen rows can be learned. Arrays are by row. */
export interface LearnOperation {
  readonly kind: typeof OperationKind.learn;
  readonly decision: DecisionId;
  readonly subject?: Subject;
  readonly served: Served | "logged";
  readonly variant: string;
  readonly modelVersion: number;
  /** Event time of the decision; time at which it settled by the log's clock. */
  readonly at: TimeMs;
  readonly settledAt: TimeMs;
  readonly segments: readonly string[];
  readonly items: readonly ItemId[];
  /** Position shown, 1-based. */
  readonly positions: readonly number[];
  /** Conditional propensities; absent for rankings that somebody else served. */
  readonly propensities?: readonly number[];
  /** Eligible candidates, and the floor per candidate and slot; absent where nobody drew. */
  readonly candidates?: number;
  readonly floor?: number;
  /** What the model that drew them believed of the rows; absent where none did, and in logs of before they were kept. */
  readonly scores?: Float32Array;
  readonly rewards: readonly number[];
  /** Default reward of the policy at the time: what a row without a reward counts. */
  readonly base: number;
  readonly columns: number;
  /** rows × columns raw values, row-major. */
  readonly dense: Float32Array;
}

/** The reward of a settled row changed from `before` to `after`. */
export interface CorrectOperation {
  readonly kind: typeof OperationKind.correct;
  readonly decision: DecisionId;
  /** Absent in logs of before variants. */
  readonly variant?: string;
  readonly item: ItemId;
  readonly before: number;
  readonly after: number;
  /** Place in the joined log of the `learn` operation that held the row, and the row's index in it. */
  readonly learnedAt: Position;
  readonly row: number;
  readonly columns: number;
  readonly dense: Float32Array;
  readonly at: TimeMs;
}

/** A settled row was not seen after all. Fields as in `correct`; `before` is the reward it was learned with. */
export interface UnlearnOperation extends Omit<CorrectOperation, "kind" | "after"> {
  readonly kind: typeof OperationKind.unlearn;
  readonly subject?: Subject;
  readonly segments: readonly string[];
}

/** The window of a decision ended; rewards are final. */
export interface CloseOperation {
  readonly kind: typeof OperationKind.close;
  readonly decision: DecisionId;
  /** Place of its `learn` operation; absent when nothing of it was learned (deferred and never activated). */
  readonly learnedAt?: Position;
  readonly rewards: readonly number[];
  /** What reports by variant need; absent in logs of before variants. */
  readonly variant?: string;
  readonly served?: Served | "logged";
  readonly subject?: Subject;
  /** Event time of the decision. */
  readonly decidedAt?: TimeMs;
  /** Sum of the rewards of its seen rows. */
  readonly reward?: number;
  readonly at: TimeMs;
}

/** From here on the policy's units are split so; explorations are those in effect. Empty: no experiment. */
export interface VariantsOperation {
  readonly kind: typeof OperationKind.variants;
  readonly variants: readonly Variant[];
  readonly salt: string;
  /** Event time of the settings. */
  readonly since: TimeMs;
}

/** From here on rankings are encoded with these item vectors. */
export interface VectorsOperation extends VectorsValue {
  readonly kind: typeof OperationKind.vectors;
}

export type Operation =
  | SchemaOperation
  | PositiveOperation
  | LearnOperation
  | CorrectOperation
  | UnlearnOperation
  | CloseOperation
  | VariantsOperation
  | VectorsOperation;

/** End of a round of the writer: which bytes of which raw streams it consumed, in this order. */
export interface Commit {
  readonly fence: number;
  readonly ranges: readonly {
    readonly policy: string;
    readonly stream: string;
    readonly from: Position;
    readonly to: Position;
  }[];
  /** Counters of the join since the start of the log. */
  readonly counts: { readonly [name: string]: number };
}
