import { describe, expect, it } from "vitest";
import { parseEvent } from "../../../src/core/events/metarank.ts";
import { toRecord } from "../../../src/core/events/toRecord.ts";
import { RecordKind } from "../../../src/core/log/records.ts";

const limit = { now: 1_764_000_000_000, futureSkewMaxMs: 300_000 };
const parse = (event: object) => parseEvent(event, limit);
const item = { event: "item", id: "81f46c34", item: "69841", timestamp: 1_599_391_467_000 };

describe("Metarank's own examples", () => {
  it("of items are read", () => {
    const fields = [
      { name: "popularity", value: 24.3 },
      { name: "genres", value: ["drama", "comedy"] },
      { name: "is_new", value: true },
    ];
    expect(parse({ ...item, fields })).toEqual({
      event: "item",
      id: "81f46c34",
      item: "69841",
      at: 1_599_391_467_000,
      features: { popularity: 24.3, genres: ["drama", "comedy"], is_new: true },
    });
  });

  it("of rankings and interactions are read, with people that the log knows by pseudonyms only", () => {
    const ranking = parse({
      event: "ranking",
      id: "r1",
      timestamp: "1599391467000",
      user: "user1",
      session: "session1",
      fields: [{ name: "query", value: "cat" }],
      items: [
        { id: "item3", relevancy: 2 },
        { id: "item1", fields: [{ name: "relevancy", value: 1 }] },
      ],
    });
    const record = toRecord(ranking, (kind, id) => `${kind}:${id.length}`);
    expect(record).toEqual({
      kind: RecordKind.ranking,
      id: "r1",
      subject: "user:5",
      session: "session:8",
      context: { query: "cat" },
      items: [{ id: "item3" }, { id: "item1", features: { relevancy: 1 } }],
      at: 1_599_391_467_000,
    });
    const click = parse({
      event: "interaction",
      id: "i1",
      ranking: "r1",
      timestamp: 1,
      user: null,
      session: "s",
      type: "click",
      item: "item1",
      fields: [{ name: "value", value: 2.5 }],
    });
    expect(toRecord(click, (kind) => kind)).toMatchObject({
      kind: RecordKind.interaction,
      subject: undefined,
      session: "session",
      value: 2.5,
    });
  });
});

describe("times", () => {
  it("are milliseconds as a number or text, or ISO 8601 with or without an offset", () => {
    const at = (timestamp: unknown) => parse({ ...item, timestamp }).at;
    expect(at(1_700_000_000_000)).toBe(1_700_000_000_000);
    expect(at("1700000000000")).toBe(1_700_000_000_000);
    expect(at("2023-11-14T22:13:20Z")).toBe(1_700_000_000_000);
    expect(at("2023-11-14T23:13:20.000+01:00")).toBe(1_700_000_000_000);
    expect(at("2023-11-14T22:13:20")).toBe(1_700_000_000_000);
    expect(at("2023-11-14")).toBe(1_699_920_000_000);
  });

  it("a little ahead of the clock are taken, further ahead refused", () => {
    expect(parse({ ...item, timestamp: limit.now + 300_000 }).at).toBe(limit.now + 300_000);
    expect(() => parse({ ...item, timestamp: limit.now + 300_001 })).toThrow("at most 300000 ms ahead");
    for (const timestamp of ["", "soon", "2023-13-01", Number.NaN, -1, true, {}, null]) {
      expect(() => parse({ ...item, timestamp })).toThrow("timestamp");
    }
  });
});
