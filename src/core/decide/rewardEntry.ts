/** One entry of POST /v1/rewards. */
import type { DecisionId, ItemId, TimeMs } from "../domain.ts";
import { BrigandError } from "../errors.ts";
import { checkId, checkInteger, checkKeys, isObject, wrong } from "./check.ts";
import { SLOTS_MAX } from "./rankRequest.ts";

export const REWARD_ABS_MAX = 1e9;
export const REWARD_TYPE_LENGTH_MAX = 128;

export interface RewardEntry {
  readonly decisionId: DecisionId;
  /** Needed only where the decision was not made here and its id is the caller's. */
  readonly policy?: string;
  /** Absent: the item at position 1. */
  readonly item?: ItemId;
  readonly value: number;
  readonly type?: string;
  readonly rewardId?: string;
  /** Rows below this position were not seen. */
  readonly viewedThrough?: number;
  /** Event time; absent: now. */
  readonly timestamp?: TimeMs;
}

const FIELDS: ReadonlySet<string> = new Set([
  "decisionId",
  "policy",
  "item",
  "value",
  "type",
  "rewardId",
  "viewedThrough",
  "timestamp",
]);

/**
 * The entry itself when it is one.
 * @param limit latest event time accepted, for `now` and a skew of `futureSkewMaxMs`.
 * @throws CB_BODY_INVALID, CB_BODY_KEY_FORBIDDEN, CB_TIME_FUTURE
 */
export function readReward(entry: unknown, limit: { now: TimeMs; futureSkewMaxMs: number }): RewardEntry {
  assertReward(entry, limit);
  return entry;
}

function assertReward(entry: unknown, limit: { now: TimeMs; futureSkewMaxMs: number }): asserts entry is RewardEntry {
  if (!isObject(entry)) throw wrong("An entry", "an object with decisionId and value", entry);
  checkKeys(entry, FIELDS, "An entry");
  checkId(entry.decisionId, "decisionId");
  if (typeof entry.value !== "number" || !(Math.abs(entry.value) <= REWARD_ABS_MAX)) {
    throw wrong("value", `a number from -${REWARD_ABS_MAX} to ${REWARD_ABS_MAX}`, entry.value);
  }
  if (entry.policy !== undefined) checkId(entry.policy, "policy");
  if (entry.item !== undefined) checkId(entry.item, "item");
  if (entry.type !== undefined) {
    checkId(entry.type, "type");
    if (entry.type.length > REWARD_TYPE_LENGTH_MAX) throw wrong("type", "a string of 1 to 128 characters", entry.type);
  }
  if (entry.rewardId !== undefined) checkId(entry.rewardId, "rewardId");
  if (entry.viewedThrough !== undefined) checkInteger(entry.viewedThrough, "viewedThrough", { min: 0, max: SLOTS_MAX });
  if (entry.timestamp !== undefined) checkTime(entry.timestamp, limit);
}

/** Event times are milliseconds since 1970, at most a skew ahead of the server's clock. */
export function checkTime(value: unknown, limit: { now: TimeMs; futureSkewMaxMs: number }): asserts value is TimeMs {
  if (typeof value !== "number" || !(value >= 0)) throw wrong("timestamp", "milliseconds since 1970", value);
  const ahead = value - limit.now;
  if (!(ahead <= limit.futureSkewMaxMs)) {
    throw new BrigandError("CB_TIME_FUTURE", { maximum: limit.futureSkewMaxMs, came: Math.round(ahead) });
  }
}
