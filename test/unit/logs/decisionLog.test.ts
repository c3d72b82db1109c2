import { describe, expect, it } from "vitest";
import { decisionLog } from "../../../src/adapters/fs/decisionLog.ts";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { readCursor } from "../../../src/core/logs/cursor.ts";
import type { LogEntry } from "../../../src/core/logs/entry.ts";
import type { LogQuery } from "../../../src/core/logs/query.ts";
import { temporaryFolder } from "../../support/tmp.ts";
import { decision, writeClosings, writeLines } from "./written.ts";

const START = Date.UTC(2026, 0, 1);
const WINDOW = 600_000;

async function listed(layout: ReturnType<typeof layoutOf>, query: Partial<LogQuery> = {}): Promise<LogEntry[]> {
  const found: LogEntry[] = [];
  for await (const entry of decisionLog(layout).entries({ policies: ["home"], ...query })) found.push(entry);
  return found;
}

const idsOf = (entries: readonly LogEntry[]) => entries.map(({ record }) => record.id);

describe("the log of decisions", () => {
  it("says of each decision whether it has closed, was dropped, or is open", async () => {
    const layout = layoutOf(temporaryFolder());
    const lines = ["closed", "dropped", "open"].map((id, i) => decision(id, START + i));
    await writeLines(layout, "s1", lines);
    await writeClosings(layout, [
      { id: "closed", at: START + WINDOW, rewards: [1, -2] },
      { id: "dropped", at: START + 1 + WINDOW },
    ]);
    expect((await listed(layout)).map(({ rewards }) => rewards)).toEqual([
      { state: "closed", closedAt: START + WINDOW, bySlot: [1, -2] },
      { state: "dropped", closedAt: START + 1 + WINDOW },
      { state: "open" },
    ]);
  });

  it("gives a line that another process made visible late, and none twice", async () => {
    const layout = layoutOf(temporaryFolder());
    await writeLines(layout, "s1", [decision("a1", START), decision("a2", START + 10_000)]);
    await writeLines(layout, "s2", [decision("b1", START + 1)]);
    const first = await listed(layout);
    expect(idsOf(first)).toEqual(["a1", "b1", "a2"]);
    const cursor = readCursor(first[2].cursor);
    expect(await listed(layout, { cursor })).toEqual([]);
    await writeLines(layout, "s2", [decision("b2", START + 9_000)]);
    await writeLines(layout, "s3", [decision("c1", START + 9_500)]);
    await writeLines(layout, "s1", [decision("a3", START + 20_000)]);
    const second = await listed(layout, { cursor });
    expect(idsOf(second)).toEqual(["b2", "c1", "a3"]);
    expect(idsOf(await listed(layout, { cursor: readCursor(second[0].cursor) }))).toEqual(["c1", "a3"]);
  });

  it("goes on rightly after any row, though streams end and begin hours apart", async () => {
    const layout = layoutOf(temporaryFolder());
    const hour = 3_600_000;
    for (const [stream, from] of Object.entries({ s1: 0, s2: 2, s3: 2.5, s4: 9 })) {
      const lines = Array.from({ length: 12 }, (_, i) => decision(`${stream}-${i}`, START + (from + i / 6) * hour));
      await writeLines(layout, stream, lines);
    }
    const all = await listed(layout);
    expect(all).toHaveLength(48);
    for (const [i, { cursor }] of all.entries()) {
      expect(idsOf(await listed(layout, { cursor: readCursor(cursor) }))).toEqual(idsOf(all.slice(i + 1)));
    }
  });

  it("finds what came for one decision: rewards are final when it has closed", async () => {
    const layout = layoutOf(temporaryFolder());
    const line = decision("d", START);
    await writeLines(layout, "s1", [line]);
    await writeClosings(layout, [{ id: "d", at: START + WINDOW, rewards: [3, 0] }]);
    expect(await decisionLog(layout).rewards(line, 1e6)).toEqual({
      final: { state: "closed", closedAt: START + WINDOW, bySlot: [3, 0] },
      received: [],
      shadows: [],
      complete: true,
    });
    expect(await decisionLog(layout).rewards(line, 10)).toMatchObject({ complete: false });
  });
});
