/** Timestamps of events: milliseconds as a number or string, or ISO 8601. */
import { kindOf } from "../decide/check.ts";
import { checkTime } from "../decide/rewardEntry.ts";
import type { TimeMs } from "../domain.ts";
import { BrigandError } from "../errors.ts";

const ISO = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
const DIGITS = /^\d{1,16}$/;

/** Without an offset ISO times are UTC. @throws CB_EVENT_INVALID, CB_TIME_FUTURE */
export function parseTime(value: unknown, limit: { now: TimeMs; futureSkewMaxMs: number }): TimeMs {
  const time = typeof value === "string" ? fromText(value) : value;
  if (typeof time !== "number" || !Number.isFinite(time) || time < 0) {
    const expected = "milliseconds since 1970 or an ISO 8601 time";
    throw new BrigandError("CB_EVENT_INVALID", { path: "timestamp", expected, came: kindOf(value) });
  }
  checkTime(time, limit);
  return time;
}

function fromText(text: string): number | undefined {
  if (DIGITS.test(text)) return Number(text);
  if (!ISO.test(text)) return undefined;
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text.slice(10)) || text.length === 10 ? text : `${text}Z`;
  return Date.parse(zoned.replace(" ", "T"));
}
