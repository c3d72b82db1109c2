import { describe, expect, test } from "vitest";
import type { Flush, InteractionSink } from "../../../src/adapters/duckdb/interactions.ts";
import { compact } from "../../../workers/compact.ts";
import { close, JoinedLog, learn, traffic, unlearn } from "../../integration/parquet/joinedLog.ts";

const job = { workspace: "default", policy: "home", fence: 3 } as const;

/** A sink that keeps flushes in memory and refuses what does not continue them. */
function memorySink(): InteractionSink & { flushes: Flush[] } {
  const flushes: Flush[] = [];
  return {
    flushes,
    resume: async () => {
      const last = flushes.at(-1);
      return { position: last?.to ?? 0, heldFrom: last?.heldFrom ?? 0, columnNames: last?.columnNames ?? [] };
    },
    flush: async (flush) => {
      expect(flush.from).toBe(flushes.at(-1)?.to ?? 0);
      flushes.push(flush);
      return { ...flush, formatVersion: 1, policy: "home", fence: 3, rows: flush.rows.length, files: [] };
    },
    close: () => undefined,
  };
}

describe("compacting the joined log", () => {
  test("writes a row with the final reward and the reward at settling, when the decision closes", async () => {
    const log = new JoinedLog();
    const at = log.append(learn("d", { rewards: [0, 1] }));
    const sink = memorySink();
    await compact({ ...job, sink, reader: log.reader(0) });
    expect(sink.flushes.flatMap(({ rows }) => rows)).toEqual([]);
    log.append(close("d", at, [2, 1]));
    await compact({ ...job, sink, reader: log.reader(0) });
    const rows = sink.flushes.flatMap((flush) => flush.rows);
    expect(rows.map(({ item, position, reward, rewardAtSettle }) => [item, position, reward, rewardAtSettle])).toEqual([
      ["d-a", 1, 2, 0],
      ["d-b", 2, 1, 1],
    ]);
    expect(rows.map(({ propensity, jointPropensity }) => [propensity, jointPropensity])).toEqual([
      [0.5, 0.125],
      [0.25, 0.125],
    ]);
    expect(Array.from(rows[1].features)).toEqual([3 / 8, 4 / 8, 5 / 8]);
  });

  test("marks rows that turned out not to have been seen as not learned", async () => {
    const log = new JoinedLog();
    const at = log.append(learn("d"));
    log.append(unlearn("d", at, 1));
    log.append(close("d", at, [0, 0]));
    const sink = memorySink();
    await compact({ ...job, sink, reader: log.reader(0) });
    expect(sink.flushes[0].rows.map(({ learned }) => learned)).toEqual([true, false]);
  });

  test("remembers over runs what was unlearned before the earlier run ended", async () => {
    const log = new JoinedLog();
    const at = log.append(learn("d"));
    log.append(unlearn("d", at, 0));
    const sink = memorySink();
    const first = await compact({ ...job, sink, reader: log.reader(0) });
    expect(first).toMatchObject({ position: log.end, heldFrom: at, rows: 0 });
    log.append(close("d", at, [0, 0]));
    const { heldFrom } = await sink.resume();
    await compact({ ...job, sink, reader: log.reader(heldFrom) });
    expect(sink.flushes.flatMap(({ rows }) => rows).map(({ learned }) => learned)).toEqual([false, true]);
  });

  test("writes nothing for a decision of which nothing was learned", async () => {
    const log = new JoinedLog();
    log.append(close("deferred", undefined, [0, 0]));
    const sink = memorySink();
    expect(await compact({ ...job, sink, reader: log.reader(0) })).toMatchObject({
      position: 100,
      heldFrom: 100,
      rows: 0,
    });
  });

  test("leaves propensities out where somebody else served", async () => {
    const log = new JoinedLog();
    log.append(close("d", log.append(learn("d", { served: "logged", propensities: undefined })), [0, 0]));
    const sink = memorySink();
    await compact({ ...job, sink, reader: log.reader(0) });
    for (const row of sink.flushes[0].rows)
      expect([row.propensity, row.jointPropensity]).toEqual([undefined, undefined]);
  });

  test("flushes at the bound on rows and on values, and continues its ranges without gaps", async () => {
    const log = traffic(50, 6);
    const [byRows, byValues] = [memorySink(), memorySink()];
    await compact({ ...job, sink: byRows, reader: log.reader(0), rowsMax: 8 });
    await compact({ ...job, sink: byValues, reader: log.reader(0), valuesMax: 24 });
    for (const { flushes } of [byRows, byValues]) {
      for (const { rows } of flushes) expect(rows.length).toBeLessThanOrEqual(8);
      expect(flushes.length).toBe(13);
      expect(flushes.at(-1)).toMatchObject({ to: log.end, columnNames: ["x", "y", "z"] });
    }
  });

  test("gives the same rows however the runs were cut", async () => {
    const log = traffic(30, 4);
    const [whole, cut] = [memorySink(), memorySink()];
    await compact({ ...job, sink: whole, reader: log.reader(0) });
    for (let to = 300; to <= log.end + 600; to += 700) {
      const { heldFrom } = await cut.resume();
      await compact({ ...job, sink: cut, reader: log.reader(heldFrom, Math.min(to, log.end)) });
    }
    expect(cut.flushes.flatMap(({ rows }) => rows)).toEqual(whole.flushes.flatMap(({ rows }) => rows));
    expect(cut.flushes.at(-1)?.columnNames).toEqual(["x", "y", "z"]);
  });
});
