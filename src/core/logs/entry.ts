/** One decision of a listing: its line, and what became of it. */
import type { ItemId, TimeMs } from "../domain.ts";
import type { DecisionRecord, ShadowRecord } from "../log/records.ts";

/**
 * closed: the window has ended and rewards are final · open: it has not, as far as the joined log goes · dropped:
 * deferred and never activated, so it counts nowhere · unknown: its window should have ended, but no end of it was found.
 */
export const rewardStates = ["closed", "open", "dropped", "unknown"] as const;
export type RewardState = (typeof rewardStates)[number];

export interface FinalRewards {
  readonly state: RewardState;
  /** End of the window by the log's clock; closed and dropped only. */
  readonly closedAt?: TimeMs;
  /** By slot, mapped and aggregated by the policy's settings; closed only. Undefined: not known to have been seen. */
  readonly bySlot?: readonly (number | undefined)[];
}

export interface LogEntry {
  readonly record: DecisionRecord;
  readonly rewards: FinalRewards;
  /** Where a listing goes on after this entry (`cursor.ts`). */
  readonly cursor: string;
}

/** A reward as it was sent, before mapping and aggregation. */
export interface ReceivedReward {
  /** Absent: the item at position 1. */
  readonly item?: ItemId;
  readonly value: number;
  readonly type?: string;
  readonly rewardId?: string;
  readonly viewedThrough?: number;
  readonly at: TimeMs;
}

/** What came for one decision. */
export interface RewardsFound {
  readonly final: FinalRewards;
  /** In the order of arrival; duplicates and late ones too. */
  readonly received: readonly ReceivedReward[];
  /** What versions labelled shadow made of it. */
  readonly shadows?: readonly ShadowRecord[];
  /** False when the log was not read to the end of the window. */
  readonly complete: boolean;
}

/** Probability of the whole list: product of the conditional propensities, in the order of the slots. */
export function jointPropensity(propensity: readonly number[]): number {
  let joint = 1;
  for (const p of propensity) joint *= p;
  return joint;
}
