/** POST /v1/rewards behind HTTP. */
import type { Principal } from "../core/access/principal.ts";
import { wrong } from "../core/decide/check.ts";
import { type RewardEntry, readReward } from "../core/decide/rewardEntry.ts";
import type { TimeMs } from "../core/domain.ts";
import { BrigandError } from "../core/errors.ts";
import { RecordKind } from "../core/log/records.ts";
import type { Counter, Family } from "../ports/metrics.ts";
import { Batch, type BatchAnswer, BatchRejected } from "./batch.ts";
import { type PlacingParts, placeOf } from "./placing.ts";
import type { AppPorts } from "./ports.ts";
import type { Appended, Streams } from "./streams.ts";

export const REWARDS_MAX = 10_000;

export interface RewardsParts extends PlacingParts {
  readonly ports: AppPorts;
  readonly streams: Streams;
  readonly counter: Family<Counter>;
}

/**
 * Appends the good entries and resolves when they survive power loss.
 * @param body one entry or an array. @param asked the policy that the address names, for decisions that are not known
 * here; who asks.
 * @throws the entry's own error for a single bad entry, CB_BATCH_REJECTED when all of several are bad, CB_LOG_FULL,
 * CB_LOG_WRITE_FAILED
 */
export async function acceptRewards(
  parts: RewardsParts,
  body: unknown,
  asked: { readonly policy: string | undefined; readonly caller: Principal },
): Promise<BatchAnswer> {
  const single = !Array.isArray(body);
  const entries: readonly unknown[] = single ? [body] : body;
  if (entries.length < 1 || entries.length > REWARDS_MAX) {
    throw wrong("The body", `a reward or an array of 1 to ${REWARDS_MAX}`, body);
  }
  const { bounds, clock } = parts.ports;
  const batch = new Batch({ rejectionsListedMax: bounds.rejectionsListedMax, counter: parts.counter });
  const limit = { now: clock.now(), futureSkewMaxMs: bounds.futureSkewMaxMs };
  for (let index = 0; index < entries.length; index++) {
    try {
      const entry = readReward(entries[index], limit);
      const { durable } = await append(parts, entry, {
        policy: entry.policy ?? asked.policy,
        caller: asked.caller,
        now: limit.now,
      });
      batch.accept(durable);
    } catch (error) {
      batch.reject(error, { index });
    }
  }
  await batch.untilDurable();
  if (batch.accepted > 0) return batch.answer();
  throw single && batch.first !== undefined ? batch.first : new BatchRejected(batch);
}

async function append(
  parts: RewardsParts,
  entry: RewardEntry,
  given: { policy: string | undefined; caller: Principal; now: TimeMs },
): Promise<Appended> {
  const { decisionId: decision, item, value, type, rewardId, viewedThrough, timestamp: at = given.now } = entry;
  const { policy, shown } = await placeOf(parts, { decision, ...given, place: "the entry" });
  if (item !== undefined && shown !== undefined && !shown.items.includes(item)) {
    throw new BrigandError("CB_REWARD_ITEM_NOT_SHOWN");
  }
  const record = { kind: RecordKind.reward, decision, item, value, type, rewardId, viewedThrough, at };
  return parts.streams.of(policy).append(record, "disk");
}
