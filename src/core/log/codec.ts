/**
 * Records ↔ payloads (`payload.ts`). The head is the record as JSON without `kind`, which the frame carries. The tail
 * of a decision is, in this order: score (n), uncertainty (n), shown (slots × columns) and, when `full`, candidates
 * (n × columns), and with `noise` the public score (n); that of a shadow is score and uncertainty. The head of a decision begins with its id, so that an index
 * can read it alone.
 */
import { BrigandError } from "../errors.ts";
import { decisionHead } from "./decisionHead.ts";
import type { Frame } from "./frame.ts";
import { headEnd, packPayload, unpackPayload } from "./payload.ts";
import {
  type DecisionRecord,
  FORMAT_VERSION,
  type LogRecord,
  NOISE_FORMAT_VERSION,
  RecordKind,
  type ShadowRecord,
  type VectorsRecord,
} from "./records.ts";

const kinds: ReadonlySet<number> = new Set(Object.values(RecordKind));
const noTail: readonly Float32Array[] = [];
const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The payload of a record's frame, whose kind is `record.kind`. */
export function encodeRecord(record: LogRecord): Uint8Array {
  if (record.kind === RecordKind.decision) return encodeDecision(record);
  if (record.kind === RecordKind.vectors) return encodeVectors(record);
  if (record.kind === RecordKind.shadow) return encodeShadow(record);
  return packPayload(JSON.stringify({ ...record, kind: undefined }), noTail);
}

function encodeVectors({ values, ...head }: VectorsRecord): Uint8Array {
  return packPayload(JSON.stringify({ ...head, kind: undefined }), [values]);
}

function encodeShadow({ score, uncertainty, ...head }: ShadowRecord): Uint8Array {
  checkLength("uncertainty", uncertainty.length, score.length);
  return packPayload(JSON.stringify({ ...head, kind: undefined }), [score, uncertainty]);
}

/**
 * The payload of a decision, one piece of a slab. @throws CB_LOG_RECORD_INVALID where a tail's length does not follow
 * from the head (the line could not be read back). Cost: 4 µs at 100 items, 10 slots, 96 columns, not full.
 */
export function encodeDecision(record: DecisionRecord): Uint8Array {
  const { items, slots, columns, full, score, uncertainty, shown, candidates } = record;
  const n = items.length;
  checkLength("score", score.length, n);
  checkLength("uncertainty", uncertainty.length, n);
  checkLength("shown", shown.length, slots.length * columns);
  checkLength("propensity", record.propensity.length, slots.length);
  checkLength("candidates", candidates?.length ?? 0, full ? n * columns : 0);
  checkLength("publicScore", record.publicScore?.length ?? 0, record.noise === undefined ? 0 : n);
  const tails = candidates === undefined ? [score, uncertainty, shown] : [score, uncertainty, shown, candidates];
  return packPayload(decisionHead(record), record.publicScore === undefined ? tails : [...tails, record.publicScore]);
}

/**
 * The record in a frame. @throws CB_LOG_RECORD_UNKNOWN for a kind or format version of a newer Brigand;
 * CB_LOG_CORRUPT for a payload that is no record.
 */
export function decodeRecord(frame: Frame): LogRecord {
  const { record: known } = frame;
  if (known !== undefined) return known;
  if (!kinds.has(frame.kind)) {
    throw new BrigandError("CB_LOG_RECORD_UNKNOWN", {
      came: `kind ${frame.kind}`,
      place: `position ${frame.position}`,
    });
  }
  const { head, floats } = unpackPayload(frame.payload);
  const record = Object.assign(parseHead(head, frame), { kind: frame.kind }) as LogRecord;
  if (record.kind === RecordKind.vectors) return { ...record, values: floats };
  if (record.kind === RecordKind.shadow) {
    const n = floats.length / 2;
    return { ...record, score: floats.subarray(0, n), uncertainty: floats.subarray(n) };
  }
  return record.kind === RecordKind.decision ? withTail(record, floats, frame) : record;
}

function parseHead(head: string, frame: Frame): object {
  try {
    return JSON.parse(head) as object;
  } catch (cause) {
    const place = `position ${frame.position}`;
    throw new BrigandError("CB_LOG_CORRUPT", { place, problem: "the head is not JSON" }, undefined, { cause });
  }
}

function withTail(record: DecisionRecord, floats: Float32Array, frame: Frame): DecisionRecord {
  const place = `position ${frame.position}`;
  if (record.v !== FORMAT_VERSION && record.v !== NOISE_FORMAT_VERSION) {
    throw new BrigandError("CB_LOG_RECORD_UNKNOWN", { came: `format version ${record.v}`, place });
  }
  const n = record.items.length;
  const shownEnd = 2 * n + record.slots.length * record.columns;
  const candidatesEnd = shownEnd + (record.full ? n * record.columns : 0);
  const end = candidatesEnd + (record.noise === undefined ? 0 : n);
  if (floats.length !== end) {
    throw new BrigandError("CB_LOG_CORRUPT", {
      place,
      problem: `${end} floats belong to the head, ${floats.length} follow`,
    });
  }
  const tail = {
    score: floats.subarray(0, n),
    uncertainty: floats.subarray(n, 2 * n),
    shown: floats.subarray(2 * n, shownEnd),
  };
  const whole = record.full ? { ...tail, candidates: floats.subarray(shownEnd, candidatesEnd) } : tail;
  const noisy = record.noise === undefined ? whole : { ...whole, publicScore: floats.subarray(candidatesEnd) };
  return { ...record, ...noisy };
}

/** `{"id":` before the id's opening quote. */
const ID_START = 4 + 6;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The decision id in a decision's frame without decoding the rest; undefined for other kinds. Cost: 0.3 µs. */
export function peekDecisionId(frame: Frame): string | undefined {
  if (frame.kind !== RecordKind.decision) return undefined;
  const { payload } = frame;
  const last = headEnd(payload);
  let end = ID_START + 1;
  let escaped = false;
  while (end < last && payload[end] !== QUOTE) {
    if (payload[end] === BACKSLASH) {
      escaped = true;
      end++;
    }
    end++;
  }
  if (escaped) return JSON.parse(text.decode(payload.subarray(ID_START, end + 1))) as string;
  return text.decode(payload.subarray(ID_START + 1, end));
}

function checkLength(name: string, came: number, expected: number): void {
  if (came !== expected) {
    throw new BrigandError("CB_LOG_RECORD_INVALID", { name, expected: `${expected} long`, came: `${came}` });
  }
}
