/** Several rewards of one row → one number. */
import type { RewardAggregation, TimeMs } from "../domain.ts";

/** What came for one row, enough for every aggregation. */
export interface RewardTally {
  n: number;
  sum: number;
  max: number;
  first: number;
  firstAt: TimeMs;
}

export function emptyTally(): RewardTally {
  return { n: 0, sum: 0, max: Number.NEGATIVE_INFINITY, first: 0, firstAt: Number.POSITIVE_INFINITY };
}

/** Order of arrival does not matter: "first" goes by event time, ties to the one that came first. */
export function addReward(tally: RewardTally, value: number, at: TimeMs): void {
  tally.n++;
  tally.sum += value;
  if (value > tally.max) tally.max = value;
  if (at < tally.firstAt) {
    tally.first = value;
    tally.firstAt = at;
  }
}

/** The row's reward: the default where nothing came. */
export function aggregate(tally: RewardTally | undefined, how: RewardAggregation, defaultReward: number): number {
  if (tally === undefined || tally.n === 0) return defaultReward;
  if (how === "sum") return tally.sum;
  if (how === "first") return tally.first;
  if (how === "max") return tally.max;
  return tally.sum / tally.n;
}

/** What a reward of a type is worth by the policy's settings. Types may have any name, those of an object's own methods too. */
export function factorOf(rewards: { readonly [type: string]: number }, type: string): number {
  return Object.hasOwn(rewards, type) ? rewards[type] : (rewards["*"] ?? 1);
}
