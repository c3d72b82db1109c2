import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { poll, runBrigand, startBrigand, startProcess } from "../../support/processes.ts";
import { describeWithShared, projectRoot, sharedData } from "../../support/shared.ts";
import { temporaryFolder } from "../../support/tmp.ts";

const T0 = 1_700_000_000_000;

/** 30 items; rankings of 5 a second apart, the first item of each clicked half a second later. */
function events(rankings: number): string[] {
  const items = Array.from({ length: 30 }, (_, i) => ({
    event: "item",
    id: `event-item-${i}`,
    item: `item-${i}`,
    timestamp: T0,
    fields: [
      { name: "price", value: i },
      { name: "tags", value: [`tag-${i % 3}`, `tag-${i % 5}`] },
    ],
  }));
  const lists = Array.from({ length: rankings }, (_, r) => {
    const at = T0 + 1000 * (r + 1);
    const shown = Array.from({ length: 5 }, (_, i) => ({ id: `item-${(r + 7 * i) % 30}` }));
    const user = `user-of-import-${r % 10}`;
    return [
      { event: "ranking", id: `ranking-${r}`, user, timestamp: at, fields: [], items: shown },
      {
        event: "interaction",
        id: `click-${r}`,
        ranking: `ranking-${r}`,
        user,
        type: "click",
        item: shown[0].id,
        timestamp: String(at + 500),
        fields: [],
      },
    ];
  }).flat();
  return [...items, ...lists].map((event) => JSON.stringify(event));
}

function fileOf(lines: readonly string[]): string {
  const path = join(temporaryFolder(), "events.jsonl");
  writeFileSync(path, lines.join("\n"));
  return path;
}

async function importJson(file: string, dataDir: string) {
  const done = await runBrigand(["import", file, "--policy", "shop", "--json"], { DATA_DIR: dataDir });
  expect(done.code, done.stderr).toBe(0);
  return JSON.parse(done.stdout);
}

/** Digest of everything under joined/: what a second import must not change. */
function joinedDigest(dataDir: string): string {
  const hash = createHash("sha256");
  const folder = join(dataDir, "joined", "shop");
  for (const name of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, name)));
  return hash.digest("hex");
}

/** Of the joined log so far. */
function joinedBytes(dataDir: string): number {
  const folder = join(dataDir, "joined", "shop");
  const names = readdirSync(dataDir).includes("joined") ? readdirSync(folder) : [];
  return names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

describe("brigand import", () => {
  it("takes every event once, however often the file is imported", async () => {
    const dataDir = temporaryFolder();
    const file = fileOf(events(100));
    expect(await importJson(file, dataDir)).toMatchObject({ accepted: 230, repeated: 0, rejected: 0, joined: "here" });
    const before = joinedDigest(dataDir);
    expect(await importJson(file, dataDir)).toMatchObject({ accepted: 0, repeated: 230, rejected: 0 });
    expect(joinedDigest(dataDir)).toBe(before);
    expect(await importJson(fileOf(events(110)), dataDir)).toMatchObject({ accepted: 20, repeated: 230 });
  });

  it("names bad lines by number and code and keeps their neighbours", async () => {
    const lines = events(10);
    lines.splice(3, 0, "{broken", '{"event":"ranking","id":"x"}');
    const done = await runBrigand(["import", fileOf(lines), "--policy", "shop"], { DATA_DIR: temporaryFolder() });
    expect(done.code).toBe(0);
    expect(done.stderr).toContain("line 4: CB_BODY_NOT_JSON");
    expect(done.stderr).toContain("line 5: CB_EVENT_INVALID");
    expect(done.stdout).toContain("50 events into shop, 0 known before, 2 refused");
  });

  it("goes on where a killed import stopped: events on disk without digests are known all the same", async () => {
    const dataDir = temporaryFolder();
    await importJson(fileOf(events(40)), dataDir);
    rmSync(join(dataDir, "imports"), { recursive: true });
    expect(await importJson(fileOf(events(100)), dataDir)).toMatchObject({ accepted: 120, repeated: 110 });
  });

  it("may be killed while it is joined: each event counts once, and the log alone gives the same operations", async () => {
    const dataDir = temporaryFolder();
    const file = fileOf(events(20_000));
    const main = join(projectRoot, "dist", "src", "cli", "main.js");
    const killed = startProcess([main, "import", file, "--policy", "shop"], {
      env: { ...process.env, DATA_DIR: dataDir },
    });
    await poll(30_000, () => (joinedBytes(dataDir) > 2_000_000 ? true : undefined));
    killed.kill("SIGKILL");
    expect(await killed.exited).toBe("SIGKILL");
    expect(joinedBytes(dataDir)).toBeGreaterThan(2_000_000);
    const { accepted, repeated } = await importJson(file, dataDir);
    expect(accepted + repeated).toBe(40_030);
    expect(repeated).toBeGreaterThan(0);
    const replay = await runBrigand(["replay", "--verify", "--policy", "shop"], { DATA_DIR: dataDir });
    expect(replay.code, replay.stderr).toBe(0);
    expect(replay.stdout).toContain("100000 rows");
  }, 60_000);

  it("leaves no user id of the file anywhere on disk", async () => {
    const dataDir = temporaryFolder();
    await importJson(fileOf(events(20)), dataDir);
    const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(3);
    for (const entry of files) {
      expect(readFileSync(join(entry.parentPath, entry.name)).includes("user-of-import"), entry.name).toBe(false);
    }
  });

  it("works beside a running product, which joins and trains", async () => {
    const product = await startBrigand("start");
    const report = await importJson(fileOf(events(100)), product.dataDir);
    expect(report.accepted).toBe(230);
    const rank = async () => {
      const body = JSON.stringify({ policy: "shop", items: [{ id: "item-1" }, { id: "item-2" }] });
      const answer = await fetch(`${product.url}/v1/rank`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      return (await answer.json()) as { modelVersion: number };
    };
    await expect.poll(async () => (await rank()).modelVersion, { timeout: 20_000, interval: 200 }).toBeGreaterThan(0);
  }, 60_000);
});

describeWithShared("brigand import of RankLens", ["ranklens/events.jsonl.gz"], () => {
  it("takes all 58,437 events in under 1 GB", async () => {
    const dataDir = temporaryFolder();
    const report = await importJson(sharedData("ranklens/events.jsonl.gz"), dataDir);
    expect(report).toMatchObject({ accepted: 58_437, rejected: 0 });
    expect(report.memoryBytes).toBeLessThan(1e9);
  }, 90_000);
});
