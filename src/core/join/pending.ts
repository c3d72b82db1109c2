/** Decisions whose window is open, as plain data (a snapshot writes it as it is). */
import type { DecisionId, ItemId, Position, Served, Subject, TimeMs } from "../domain.ts";
import type { RewardTally } from "./aggregate.ts";

export interface OpenDecision {
  readonly id: DecisionId;
  readonly subject?: Subject;
  readonly served: Served | "logged";
  readonly variant: string;
  readonly modelVersion: number;
  readonly deferred: boolean;
  readonly segments: readonly string[];
  /** Shown items by slot, with their conditional propensities where known. */
  readonly items: readonly ItemId[];
  readonly propensities?: readonly number[];
  /** Eligible candidates, and the floor per candidate and slot; absent where nobody drew. */
  readonly candidates?: number;
  readonly floor?: number;
  /** The model's score of each row; absent where no model drew. */
  readonly scores?: Float32Array;
  readonly columns: number;
  /** items × columns. */
  readonly dense: Float32Array;
  readonly at: TimeMs;
}

export interface Pending extends Omit<OpenDecision, "dense" | "deferred"> {
  /** Rows' features until they settle; from then on they stand in the joined log at `learnedAt`. */
  dense?: Float32Array;
  learnedAt?: Position;
  /** False until a deferred decision is activated. */
  counts: boolean;
  /** Rows below this 1-based position were not seen. */
  viewedThrough: number;
  /** Reward of each row as last told downstream. */
  told: number[];
  tallies: (RewardTally | undefined)[];
  /** Row flags: learned and not unlearned since. */
  learned: boolean[];
}

/** With every field named, so that one that comes later cannot be forgotten. */
export type Named<T> = { [Name in keyof Required<T>]: T[Name] };

/** A decision that opens. Named one by one: every pending has the same shape, and a spread costs more than the rest. */
export function pendingOf(decision: OpenDecision, defaultReward: number): Named<Pending> {
  const { id, subject, served, variant, modelVersion, deferred, segments, items, propensities } = decision;
  const { candidates, floor, scores, columns, dense, at } = decision;
  const rows = items.length;
  return {
    id,
    subject,
    served,
    variant,
    modelVersion,
    segments,
    items,
    propensities,
    candidates,
    floor,
    scores,
    columns,
    dense,
    at,
    learnedAt: undefined,
    counts: !deferred,
    viewedThrough: rows,
    told: new Array<number>(rows).fill(defaultReward),
    tallies: new Array(rows).fill(undefined),
    learned: new Array<boolean>(rows).fill(false),
  };
}

/** A reward as the join takes it, whichever door it came through. */
export interface IncomingReward {
  readonly decision: DecisionId;
  readonly item?: ItemId;
  readonly value: number;
  readonly type?: string;
  /** Key of exactly-once. */
  readonly rewardId?: string;
  readonly viewedThrough?: number;
  readonly at: TimeMs;
}

export type JoinCounts = Record<
  | "decisions"
  | "duplicateDecisions"
  | "rewards"
  | "duplicateRewards"
  | "lateRewards"
  | "danglingRewards"
  | "notShownRewards"
  | "ignoredRewards"
  | "rowsLearned"
  | "corrections"
  | "activations"
  | "neverActivated"
  | "closed"
  | "evicted"
  | "forgottenEarly",
  number
>;

export const noCounts = (): JoinCounts => ({
  decisions: 0,
  duplicateDecisions: 0,
  rewards: 0,
  duplicateRewards: 0,
  lateRewards: 0,
  danglingRewards: 0,
  notShownRewards: 0,
  ignoredRewards: 0,
  rowsLearned: 0,
  corrections: 0,
  activations: 0,
  neverActivated: 0,
  closed: 0,
  evicted: 0,
  forgottenEarly: 0,
});
