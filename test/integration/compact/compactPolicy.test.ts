import { readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import { readManifests } from "../../../src/adapters/duckdb/manifest.ts";
import { readInteractions } from "../../../src/adapters/duckdb/readInteractions.ts";
import { openFsTransport } from "../../../src/adapters/fs/fsTransport.ts";
import type { Layout } from "../../../src/adapters/fs/layout.ts";
import { modelStore } from "../../../src/adapters/fs/modelStore.ts";
import { systemClock } from "../../../src/adapters/system/clock.ts";
import { compactPolicy } from "../../../workers/compact/compactPolicy.ts";
import { trimPolicy } from "../../../workers/compact/trim.ts";
import { holdingJob } from "../../../workers/jobLock.ts";
import { train } from "../../../workers/retrain/trainer.ts";
import { startProcess } from "../../support/processes.ts";
import { projectRoot } from "../../support/shared.ts";
import { temporaryFolder } from "../../support/tmp.ts";
import { installation, joinAll, type Ledger, policy, serveTraffic } from "./installation.ts";

/** Every row by a plain DuckDB, as other programs would read it. */
async function query(layout: Layout, sql: string) {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const from = `read_parquet('${layout.interactions}/policy=${policy}/*/*/*.parquet', hive_partitioning = true, hive_types = {'bucket': VARCHAR})`;
  try {
    return (await connection.runAndReadAll(sql.replace("interactions", from))).getRowObjects();
  } finally {
    connection.closeSync();
  }
}

async function rowsByName(layout: Layout): Promise<Map<string, number>> {
  const rows = new Map<string, number>();
  for await (const chunk of readInteractions(layout.root, { policy })) {
    for (const { decisionId, item, reward } of chunk) {
      const name = `${decisionId} ${item}`;
      expect(rows.has(name)).toBe(false);
      rows.set(name, reward);
    }
  }
  return rows;
}

const sorted = (rewards: ReadonlyMap<string, number>) => [...rewards].sort(([a], [b]) => (a < b ? -1 : 1));

describe("from the server's log to Parquet", () => {
  it("lands every closed row once, with the rewards of the ledger and the propensities of the answer", async () => {
    const { layout, ledger } = await installation(temporaryFolder(), 60);
    const trained = await train({ layout, policy, now: systemClock.now(), versionsKept: 3 });
    expect(trained).toMatchObject({ version: 1, rows: 240 });
    const compacted = await compactPolicy({ layout, policy, workspace: "default" });
    expect(compacted).toMatchObject({ rows: 240, flushes: 1, position: trained.position });
    expect(compacted.heldFrom).toBe(compacted.position);

    const rows = await query(
      layout,
      `SELECT decision_id, item, position, propensity, joint_propensity, reward FROM interactions ORDER BY decision_id, position`,
    );
    expect(rows).toHaveLength(240);
    for (const { decision_id: id, item, position, propensity, joint_propensity: joint, reward } of rows) {
      const answered = ledger.propensities.get(String(id)) ?? [];
      expect(propensity).toBe(answered[Number(position) - 1]);
      expect(Number(propensity) > 0 && Number(propensity) <= 1).toBe(true);
      expect(joint).toBe(answered.reduce((product, p) => product * p, 1));
      expect(reward).toBe(ledger.rewards.get(`${id} ${item}`));
    }
    const [manifest] = await readManifests({ dataDir: layout.root, policy });
    const model = await modelStore({ folder: join(layout.root, "models") }).manifest(policy, 1);
    expect(manifest.columnNames).toEqual(model.columns);
  });

  it("goes on where it ended, and does nothing where nothing is new", async () => {
    const dataDir = temporaryFolder();
    const { layout, ledger } = await installation(dataDir, 12);
    expect(await compactPolicy({ layout, policy })).toMatchObject({ rows: 48 });
    expect(await compactPolicy({ layout, policy })).toMatchObject({ rows: 0, flushes: 0 });
    const more = await serveTraffic(dataDir, 9, "e");
    await joinAll(layout);
    expect(await compactPolicy({ layout, policy })).toMatchObject({ rows: 36 });
    expect(sorted(await rowsByName(layout))).toEqual(sorted(new Map([...ledger.rewards, ...more.rewards])));
    const fences = (await readManifests({ dataDir, policy })).map(({ fence }) => fence);
    expect(fences).toEqual([1, 3]);
  });

  it("is one job at a time", async () => {
    const { layout } = await installation(temporaryFolder(), 2);
    await holdingJob({ layout, policy, job: "compact" }, async () => {
      await expect(compactPolicy({ layout, policy })).rejects.toMatchObject({ code: "CB_JOB_BUSY" });
    });
    expect(await compactPolicy({ layout, policy })).toMatchObject({ rows: 8 });
  });
});

describe("a compaction that is killed", () => {
  it("wherever kill -9 meets it, leaves every row exactly once in the end", async () => {
    const dataDir = temporaryFolder();
    const { layout, ledger } = await installation(dataDir, 150);
    const module = (path: string) => JSON.stringify(join(projectRoot, "dist", path));
    const script = `
      const { compactPolicy } = await import(${module("workers/compact/compactPolicy.js")});
      const { layoutOf } = await import(${module("src/adapters/fs/layout.js")});
      console.log("begin");
      await compactPolicy({ layout: layoutOf(${JSON.stringify(dataDir)}), policy: "${policy}", rowsMax: 40 });
      console.log("end");`;
    let kills = 0;
    for (let delayMs = 20; ; delayMs += 45) {
      const child = startProcess(["--input-type=module", "-e", script]);
      await child.until(/begin/);
      await Promise.race([child.exited, sleep(delayMs)]);
      child.kill("SIGKILL");
      if ((await child.exited) === 0) break;
      kills++;
      const found = await rowsByName(layout);
      for (const [name, reward] of found) expect(reward).toBe(ledger.rewards.get(name));
    }
    expect(kills).toBeGreaterThan(2);
    expect(sorted(await rowsByName(layout))).toEqual(sorted(ledger.rewards));
    await compactPolicy({ layout, policy });
    const parts = readdirSync(layout.interactions, { recursive: true, encoding: "utf8" }).filter((name) =>
      /part-|tmp/.test(name),
    );
    const named = (await readManifests({ dataDir, policy })).flatMap(({ files }) => files);
    expect(parts).toHaveLength(named.length);
  });
});

describe("trimming after a compaction", () => {
  const DAY = 86_400_000;

  function age(folder: string): void {
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      const path = join(folder, name);
      if (statSync(path).isFile()) utimesSync(path, 1, 1);
    }
  }

  async function trim(
    layout: Layout,
    heldFrom: number,
    bounds: { walRetentionMs?: number; walBytesMax?: number } = {},
  ) {
    const transport = openFsTransport({ layout });
    const given = { walRetentionMs: 7 * DAY, walBytesMax: 1e9, ...bounds };
    const trimmed = await trimPolicy({ layout, policy, transport, heldFrom, now: systemClock.now(), ...given });
    await transport.close();
    return trimmed;
  }

  async function twoSnapshots(): Promise<{ dataDir: string; layout: Layout; ledger: Ledger }> {
    const dataDir = temporaryFolder();
    const { layout, ledger } = await installation(dataDir, 6);
    const more = await serveTraffic(dataDir, 6, "e");
    await joinAll(layout);
    return { dataDir, layout, ledger: { ...more, rewards: new Map([...ledger.rewards, ...more.rewards]) } };
  }

  it("takes nothing that is young, and nothing that the older snapshot needs", async () => {
    const { layout } = await twoSnapshots();
    await train({ layout, policy, now: systemClock.now(), versionsKept: 3 });
    const { heldFrom } = await compactPolicy({ layout, policy });
    expect(await trim(layout, heldFrom)).toEqual({ rawBytes: 0, joinedBytes: 0 });
    age(layout.wal);
    age(layout.joinedOf(policy));
    const streams = readdirSync(layout.walOf(policy)).sort();
    const trimmed = await trim(layout, heldFrom);
    expect(trimmed.rawBytes).toBeGreaterThan(0);
    expect(readdirSync(layout.walOf(policy))).toEqual([streams[1]]);
    await joinAll(layout);
  });

  it("waives the age when the write-ahead log is nearly full, and never the snapshots", async () => {
    const dataDir = temporaryFolder();
    const { layout } = await installation(dataDir, 6);
    const { heldFrom } = await compactPolicy({ layout, policy });
    expect(await trim(layout, heldFrom, { walBytesMax: 1000 })).toEqual({ rawBytes: 0, joinedBytes: 0 });
    await serveTraffic(dataDir, 6, "e");
    await joinAll(layout);
    expect((await trim(layout, heldFrom, { walBytesMax: 1000 })).rawBytes).toBeGreaterThan(0);
  });

  it("takes joined segments only where the learner has read them and no decision is open", async () => {
    const { layout } = await twoSnapshots();
    await serveTraffic(layout.dataDir, 3, "f");
    await joinAll(layout);
    const { heldFrom } = await compactPolicy({ layout, policy });
    age(layout.joinedOf(policy));
    const segments = () => readdirSync(layout.joinedOf(policy)).length;
    const before = segments();
    expect((await trim(layout, heldFrom)).joinedBytes).toBe(0);
    await train({ layout, policy, now: systemClock.now(), versionsKept: 3 });
    expect((await trim(layout, 0)).joinedBytes).toBe(0);
    expect((await trim(layout, heldFrom)).joinedBytes).toBeGreaterThan(0);
    expect(segments()).toBeLessThan(before);
    await joinAll(layout);
    expect(await compactPolicy({ layout, policy })).toMatchObject({ rows: 0 });
  });
});
