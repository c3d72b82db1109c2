import { describe, expect, it } from "vitest";
import { formatAccepted } from "../../../src/core/logs/accept.ts";
import { readTime } from "../../../src/core/logs/query.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const time = (text: string) => readTime(text, { path: "from", now: NOW });

describe("a time of a filter", () => {
  it.each([
    ["2026-01-31", Date.UTC(2026, 0, 31)],
    ["2026-01-31T06:00:00", Date.UTC(2026, 0, 31, 6)],
    ["2026-01-31T06:00:00+02:00", Date.UTC(2026, 0, 31, 4)],
    ["2026-01-31T06:00:00 02:00", Date.UTC(2026, 0, 31, 4)],
    ["2026-01-31 06:00:00", Date.UTC(2026, 0, 31, 6)],
    ["1767225600000", 1_767_225_600_000],
    ["90s", NOW - 90_000],
    ["2h", NOW - 7_200_000],
    ["7d", NOW - 7 * 86_400_000],
  ])("%s is read", (text, expected) => {
    expect(time(text)).toBe(expected);
  });

  it.each(["", "yesterday", "-1", "2026-13-01x", "1e3", "7w"])("%j is refused with a code", (text) => {
    expect(() => time(text)).toThrow(expect.objectContaining({ code: "CB_LOGS_FILTER_INVALID" }));
  });
});

describe("an Accept header", () => {
  it.each([
    [undefined, "jsonl"],
    ["", "jsonl"],
    ["*/*", "jsonl"],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "jsonl"],
    ["text/csv", "csv"],
    ["TEXT/CSV; header=present", "csv"],
    ["application/jsonl", "jsonl"],
    ["application/x-ndjson;q=0.2, text/csv;q=0.9", "csv"],
    ["application/vnd.apache.parquet", "parquet"],
    ["text/csv;q=0, */*;q=0.1", "jsonl"],
  ])("%j asks for %s", (accept, format) => {
    expect(formatAccepted(accept)).toBe(format);
  });

  it("that allows none of ours is refused, the known ones listed", () => {
    expect(() => formatAccepted("application/xml")).toThrow(/application\/x-ndjson, text\/csv, application\/vnd/);
  });
});
