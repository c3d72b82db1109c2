/** The raw log's decisions that a listing asks for, each with its final rewards from the joined log. */
import { type Locator, locate } from "../../core/decide/decisionId.ts";
import type { Position, TimeMs } from "../../core/domain.ts";
import { decodeRecord, peekDecisionId } from "../../core/log/codec.ts";
import type { Frame } from "../../core/log/frame.ts";
import { type DecisionRecord, RecordKind } from "../../core/log/records.ts";
import { Closings } from "../../core/logs/closings.ts";
import { cursorText, LATE_MS, type LogCursor } from "../../core/logs/cursor.ts";
import type { LogEntry } from "../../core/logs/entry.ts";
import { type LogQuery, matches } from "../../core/logs/query.ts";
import type { DecisionLog } from "../../ports/logs.ts";
import { closingsOf } from "./decisionLogClosings.ts";
import { framesByTime } from "./decisionLogFrames.ts";
import { rewardsFound } from "./decisionLogRewards.ts";
import { frameReader } from "./frameAt.ts";
import type { Layout } from "./layout.ts";

/** How far the time of a frame may be from that of its decision. */
const SLACK_MS = 5 * 60_000;
/** Lines between two turns of the event loop: whoever serves goes on serving. */
const TURN_LINES = 32;

/** Memory: see `framesByTime` and `Closings`; it does not grow with the log. */
export function decisionLog(layout: Layout): DecisionLog {
  return {
    rewards: (record, bytesMax) => rewardsFound(layout, record, bytesMax),
    async *entries(query, signal) {
      let left = query.limit ?? Number.POSITIVE_INFINITY;
      const { cursor } = query;
      for (const policy of query.policies) {
        if (cursor !== undefined && policy < cursor.policy) continue;
        if (left <= 0) return;
        const place = placeNamed(query, policy);
        const found = place === undefined ? listed({ layout, policy, query, signal }) : at({ layout, place, query });
        for await (const entry of found) {
          yield entry;
          left--;
          if (left <= 0 || query.decision !== undefined) return;
        }
      }
    },
  };
}

/** Where the line stands: known, or named by an id that the server made. */
function placeNamed({ decision, place: known }: LogQuery, policy: string): Locator | undefined {
  const place = known ?? (decision === undefined ? undefined : locate(decision));
  return place?.policy === policy ? place : undefined;
}

interface Listed {
  readonly layout: Layout;
  readonly policy: string;
  readonly query: LogQuery;
  readonly signal?: { readonly aborted: boolean };
}

async function* at(given: {
  readonly layout: Layout;
  readonly place: Locator;
  readonly query: LogQuery;
}): AsyncGenerator<LogEntry, void, undefined> {
  const { layout, place, query } = given;
  const frame = await frameReader(layout).at(place);
  if (frame?.kind !== RecordKind.decision) return;
  const record = decodeRecord(frame);
  if (record.kind !== RecordKind.decision || !matches(query, record)) return;
  const progress = new Progress(place.policy);
  progress.note(place.stream, frame);
  yield* rewarded({ layout, frame, record, cursor: progress.cursor(frame.time) });
}

async function* rewarded(given: {
  readonly layout: Layout;
  readonly frame: Frame;
  readonly record: DecisionRecord;
  readonly cursor: string;
}): AsyncGenerator<LogEntry, void, undefined> {
  const { layout, frame, record, cursor } = given;
  const closings = new Closings(() => closingsOf({ layout, policy: record.policy, from: frame.time }));
  try {
    yield { record, rewards: await closings.of(record.id, frame.time), cursor };
  } finally {
    await closings.close();
  }
}

async function* listed({ layout, policy, query, signal }: Listed): AsyncGenerator<LogEntry, void, undefined> {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, cursor } = query;
  const after = cursor?.policy === policy ? cursor : undefined;
  const earliest = Math.max(from - SLACK_MS, (after?.time ?? Number.NEGATIVE_INFINITY) - LATE_MS);
  const closings = new Closings(() => closingsOf({ layout, policy, from: earliest }));
  const progress = new Progress(policy, after);
  let lines = 0;
  try {
    for await (const { stream, frame } of framesByTime({ layout, policy, from: from - SLACK_MS, after })) {
      if (frame.time >= to + SLACK_MS || signal?.aborted === true) return;
      progress.note(stream, frame);
      if (frame.kind !== RecordKind.decision) continue;
      if (++lines % TURN_LINES === 0) await turn();
      const record = wanted(query, frame);
      if (record === undefined) closings.pass(peekDecisionId(frame) ?? "");
      else yield { record, rewards: await closings.of(record.id, frame.time), cursor: progress.cursor(frame.time) };
    }
  } finally {
    await closings.close();
  }
}

function wanted(query: LogQuery, frame: Frame): DecisionRecord | undefined {
  if (query.decision !== undefined && peekDecisionId(frame) !== query.decision) return undefined;
  const record = decodeRecord(frame);
  return record.kind === RecordKind.decision && matches(query, record) ? record : undefined;
}

/** How far each stream was read, for cursors. */
class Progress {
  private readonly policy: string;
  private readonly streams = new Map<string, { next: Position; time: TimeMs }>();

  /** @param after what the listing goes on from: its streams may have had no line since. */
  constructor(policy: string, after?: LogCursor) {
    this.policy = policy;
    for (const [stream, next] of after?.positions ?? []) this.streams.set(stream, { next, time: after?.time ?? 0 });
  }

  note(stream: string, { next, time }: Frame): void {
    const known = this.streams.get(stream);
    if (known === undefined) {
      this.streams.set(stream, { next, time });
      return;
    }
    known.next = next;
    known.time = time;
  }

  cursor(time: TimeMs): string {
    const positions = new Map<string, Position>();
    for (const [stream, { next, time: last }] of this.streams) {
      if (last >= time - LATE_MS) positions.set(stream, next);
      else this.streams.delete(stream);
    }
    return cursorText({ policy: this.policy, time, positions });
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
