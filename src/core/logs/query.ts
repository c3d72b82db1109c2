/** What a listing keeps, and how its filters are read from text; the command line and GET /v1/logs share them. */
import type { Locator } from "../decide/decisionId.ts";
import type { DecisionId, PolicyName, Served, Subject, TimeMs } from "../domain.ts";
import { BrigandError } from "../errors.ts";
import { parseTime } from "../events/time.ts";
import type { DecisionRecord } from "../log/records.ts";
import type { LogCursor } from "./cursor.ts";
import { exploredOf } from "./explored.ts";
import { foreignFormats } from "./foreign.ts";

export const servedBy = ["model", "baseline", "degraded"] as const satisfies readonly Served[];
export const formats = ["jsonl", "csv", "parquet", ...foreignFormats] as const;
export type LogFormat = (typeof formats)[number];

export interface LogFilter {
  readonly variant?: string;
  readonly version?: number;
  /** Pseudonym of the user or session. */
  readonly subject?: Subject;
  /** Event times: [from, to). */
  readonly from?: TimeMs;
  readonly to?: TimeMs;
  /** Decisions of the model only: of the others nothing was explored or not. */
  readonly explored?: boolean;
  readonly served?: Served;
  readonly decision?: DecisionId;
}

export interface LogQuery extends LogFilter {
  /** One after another, in this order. */
  readonly policies: readonly PolicyName[];
  /** Where the line of `decision` stands, when that is known. */
  readonly place?: Locator;
  /** Decisions, in every format. */
  readonly limit?: number;
  readonly cursor?: LogCursor;
}

/** Cost: the cheap filters first; `explored` sorts the scores. */
export function matches(filter: LogFilter, record: DecisionRecord): boolean {
  const { variant, version, subject, from, to, explored, served, decision } = filter;
  if (decision !== undefined && record.id !== decision) return false;
  if (from !== undefined && !(record.at >= from)) return false;
  if (to !== undefined && !(record.at < to)) return false;
  if (served !== undefined && record.served !== served) return false;
  if (variant !== undefined && record.variant !== variant) return false;
  if (version !== undefined && record.modelVersion !== version) return false;
  if (subject !== undefined && record.subject !== subject && record.session !== subject) return false;
  return explored === undefined || exploredOf(record)?.list === explored;
}

const UNITS: { readonly [unit: string]: number } = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
export const TIMES = "ISO 8601, milliseconds since 1970, or an age such as 30m, 2h, 7d";

/** A time as text, or an age before `now`. ISO times without an offset are UTC. @throws CB_LOGS_FILTER_INVALID */
export function readTime(text: string, given: { readonly path: string; readonly now: TimeMs }): TimeMs {
  const [, n, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (unit !== undefined) return given.now - Number(n) * UNITS[unit];
  try {
    // In an address, the plus of an offset arrives as a space.
    const offset = text.replace(/ (?=\d{2}:?\d{2}$)(?<=T.*)/, "+");
    return parseTime(offset, { now: Number.MAX_SAFE_INTEGER, futureSkewMaxMs: 0 });
  } catch {
    throw refused(given.path, TIMES, text);
  }
}

/** @throws CB_LOGS_FILTER_INVALID */
export function readWhole(text: string, path: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw refused(path, "a whole number", text);
}

/** One of a few names. @throws CB_LOGS_FILTER_INVALID, listing them */
export function readChoice<Name extends string>(text: string, path: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === text);
  if (found !== undefined) return found;
  throw refused(path, `one of ${names.join(", ")}`, text);
}

export const yesOrNo = ["true", "false"] as const;

function refused(path: string, expected: string, came: string): BrigandError {
  return new BrigandError("CB_LOGS_FILTER_INVALID", { path, expected, came: JSON.stringify(came.slice(0, 64)) });
}
