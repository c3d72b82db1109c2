/** Decision lines of the raw log that a listing asks for. */
import type { Layout } from "../../adapters/fs/layout.ts";
import type { TimeMs } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { decodeRecord } from "../../core/log/codec.ts";
import type { Frame } from "../../core/log/frame.ts";
import { headEnd } from "../../core/log/payload.ts";
import { type DecisionRecord, FORMAT_VERSION, NOISE_FORMAT_VERSION, RecordKind } from "../../core/log/records.ts";
import { framesByTime } from "./stream.ts";

/** A decision's line without the floats of its tail. */
export type DecisionHead = Omit<
  DecisionRecord,
  "kind" | "score" | "uncertainty" | "shown" | "candidates" | "publicScore"
>;

export interface DecisionQuery {
  readonly layout: Layout;
  /** One after another, in this order. */
  readonly policies: readonly string[];
  /** Event times: [since, until). */
  readonly since?: TimeMs;
  readonly until?: TimeMs;
  /** Pseudonym of the user or session. */
  readonly subject?: string;
  readonly version?: number;
  readonly served?: string;
  readonly limit?: number;
}

/** How far the time of a frame may be from that of its decision. */
const SLACK_MS = 5 * 60_000;

/** Frames of decisions in the order of time within each policy. Memory: see `framesByTime`. */
export async function* decisionsOf(
  query: DecisionQuery,
): AsyncGenerator<{ readonly frame: Frame; readonly head: DecisionHead }> {
  const {
    since = Number.NEGATIVE_INFINITY,
    until = Number.POSITIVE_INFINITY,
    limit = Number.POSITIVE_INFINITY,
  } = query;
  let n = 0;
  if (n >= limit) return;
  for (const policy of query.policies) {
    for await (const frame of framesByTime({ layout: query.layout, policy, from: since - SLACK_MS })) {
      if (frame.time >= until + SLACK_MS) break;
      if (frame.kind !== RecordKind.decision) continue;
      const head = headOf(frame);
      if (!(head.at >= since && head.at < until) || !wanted(query, head)) continue;
      yield { frame, head };
      if (++n >= limit) return;
    }
  }
}

/** The whole line of a frame that `decisionsOf` gave. */
export function fullLine(frame: Frame): DecisionRecord {
  const record = decodeRecord(frame);
  if (record.kind === RecordKind.decision) return record;
  throw new BrigandError("CB_LOG_CORRUPT", { place: `position ${frame.position}`, problem: "it is no decision" });
}

function wanted({ subject, version, served }: DecisionQuery, head: DecisionHead): boolean {
  if (subject !== undefined && head.subject !== subject && head.session !== subject) return false;
  if (version !== undefined && head.modelVersion !== version) return false;
  return served === undefined || head.served === served;
}

const utf8 = new TextDecoder();

/** @throws CB_LOG_RECORD_UNKNOWN for a line of a newer format */
function headOf(frame: Frame): DecisionHead {
  const { payload, position } = frame;
  const head = JSON.parse(utf8.decode(payload.subarray(4, headEnd(payload)))) as DecisionHead;
  if (head.v === FORMAT_VERSION || head.v === NOISE_FORMAT_VERSION) return head;
  throw new BrigandError("CB_LOG_RECORD_UNKNOWN", { came: `format version ${head.v}`, place: `position ${position}` });
}
