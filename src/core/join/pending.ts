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
