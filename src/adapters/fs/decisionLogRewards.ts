/** What came for one decision: rewards as they were sent, the final ones where its window has ended, scores of shadows. */
import { decodeRecord } from "../../core/log/codec.ts";
import { type DecisionRecord, type LogRecord, RecordKind, type ShadowRecord } from "../../core/log/records.ts";
import { Closings } from "../../core/logs/closings.ts";
import type { ReceivedReward, RewardsFound } from "../../core/logs/entry.ts";
import { closingsOf } from "./decisionLogClosings.ts";
import { framesByTime } from "./decisionLogFrames.ts";
import type { Layout } from "./layout.ts";

/** How long before its decision's line a reward may stand, and after the end of its window. */
const SLACK_MS = 60_000;

/** Cost: reads the log from the decision on, to the end of its window or of `bytesMax`. */
export async function rewardsFound(layout: Layout, record: DecisionRecord, bytesMax: number): Promise<RewardsFound> {
  const { policy, id, at } = record;
  const closings = new Closings(() => closingsOf({ layout, policy, from: at - SLACK_MS }), { searchesMax: 1 });
  const final = await closings.of(id, at).finally(() => closings.close());
  const last = (final.closedAt ?? Number.POSITIVE_INFINITY) + SLACK_MS;
  const received: ReceivedReward[] = [];
  const shadows: ShadowRecord[] = [];
  let bytes = 0;
  for await (const { frame } of framesByTime({ layout, policy, from: at - SLACK_MS })) {
    if (frame.time > last) break;
    if (frame.time < at - SLACK_MS) continue;
    bytes += frame.next - frame.position;
    if (bytes > bytesMax) return { final, received, shadows, complete: false };
    const shadow = frame.kind === RecordKind.shadow ? decodeRecord(frame) : undefined;
    if (shadow?.kind === RecordKind.shadow && shadow.decision === id) shadows.push(shadow);
    if (frame.kind !== RecordKind.reward && frame.kind !== RecordKind.interaction) continue;
    const reward = receivedOf(decodeRecord(frame), id);
    if (reward !== undefined) received.push(reward);
  }
  return { final, received, shadows, complete: true };
}

function receivedOf(record: LogRecord, id: string): ReceivedReward | undefined {
  if (record.kind === RecordKind.reward && record.decision === id) {
    const { item, value, type, rewardId, viewedThrough, at } = record;
    return { item, value, type, rewardId, viewedThrough, at };
  }
  if (record.kind !== RecordKind.interaction || record.ranking !== id) return undefined;
  const { item, value, type, id: rewardId, at } = record;
  return { item, value: value ?? 1, type, rewardId, viewedThrough: undefined, at };
}
