/** A file of events as rankings with labels: who was shown what, and what was answered. */
import type { TimeMs } from "../../src/core/domain.ts";
import type { EventRecord } from "../../src/core/events/toRecord.ts";
import type { RankingRecord } from "../../src/core/log/records.ts";
import { RecordKind } from "../../src/core/log/records.ts";

export interface LabelledRanking {
  readonly record: RankingRecord;
  /** 1 where the item was answered, by place in the list. */
  readonly positive: Uint8Array;
}

export interface Split {
  /** All rankings by (time, order in the file). */
  readonly rankings: readonly LabelledRanking[];
  /** Those with an answer that are judged: the last part of them. */
  readonly test: readonly LabelledRanking[];
  /** Time of the first judged ranking. */
  readonly cut: TimeMs;
}

/** Time split over rankings with at least one answer: the first `share` of them are for learning. */
export function splitRankings(records: readonly EventRecord[], share: number): Split {
  const answered = new Map<string, Set<string>>();
  for (const record of records) {
    if (record.kind !== RecordKind.interaction || record.ranking === undefined) continue;
    const items = answered.get(record.ranking) ?? new Set();
    answered.set(record.ranking, items.add(record.item));
  }
  const rankings = records
    .filter((record) => record.kind === RecordKind.ranking)
    .map((record) => ({ record, positive: labels(record, answered.get(record.id)) }))
    .sort((a, b) => a.record.at - b.record.at);
  const judged = rankings.filter(({ positive }) => positive.includes(1));
  const test = judged.slice(Math.floor(judged.length * share));
  return { rankings, test, cut: test.length > 0 ? test[0].record.at : Number.POSITIVE_INFINITY };
}

function labels(record: RankingRecord, items: ReadonlySet<string> | undefined): Uint8Array {
  return Uint8Array.from(record.items, ({ id }) => (items?.has(id) === true ? 1 : 0));
}
