/** Item vectors from import to answer, as an operator runs them. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { openFsTransport } from "../../../src/adapters/fs/fsTransport.ts";
import { JoinedReader } from "../../../src/adapters/fs/joinedLogReader.ts";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import { defaultBounds } from "../../../src/core/pipeline.ts";
import { defaultSettings } from "../../../src/core/settings/policy.ts";
import { wasmBackend } from "../../../training/embed/backends/wasm.ts";
import { embedPolicy } from "../../../workers/embed/embedPolicy.ts";
import { PolicyWriter } from "../../../workers/writer/policyWriter.ts";
import { runBrigand, startBrigand } from "../../support/processes.ts";
import { temporaryFolder } from "../../support/tmp.ts";
import { TestServer } from "../../unit/server/fakes.ts";

const T0 = 1_700_000_000_000;
const ITEMS = 24;

/** Two kinds of items, two kinds of users: each clicks its own kind nine times in ten. Lists of 6, a second apart. */
function events(from: number, to: number): string[] {
  const uniform = uniformOf(String(from + 1).padStart(64, "0"));
  const lines: object[] = [];
  for (let i = 0; from === 0 && i < ITEMS; i++) {
    const fields = [{ name: "kind", value: [i % 2 === 0 ? "war" : "love", `tag${i % 5}`] }];
    lines.push({ event: "item", id: `item-${i}`, item: `i${i}`, timestamp: T0, fields });
  }
  for (let r = from; r < to; r++) {
    const timestamp = T0 + 1000 * (r + 1);
    const user = `u${r % 100}`;
    const shown = Array.from({ length: 6 }, (_, k) => (r * 5 + k * 7) % ITEMS);
    const items = shown.map((i) => ({ id: `i${i}` }));
    lines.push({ event: "ranking", id: `r${r}`, user, timestamp, fields: [], items });
    shown.forEach((i, k) => {
      if (i % 2 !== (r % 100) % 2 || uniform() < 0.1) return;
      const click = { event: "interaction", id: `c${r}-${k}`, ranking: `r${r}`, user, type: "click", item: `i${i}` };
      lines.push({ ...click, timestamp: timestamp + 100, fields: [] });
    });
  }
  return lines.map((line) => JSON.stringify(line));
}

async function run(args: readonly string[], dataDir: string, env: { readonly [name: string]: string } = {}) {
  const done = await runBrigand(args, { DATA_DIR: dataDir, EMBED_BACKEND: "wasm", ...env });
  expect(done.code, done.stderr).toBe(0);
  return done.stdout;
}

async function importEvents(dataDir: string, from: number, to: number): Promise<void> {
  const file = join(temporaryFolder(), "events.jsonl");
  writeFileSync(file, events(from, to).join("\n"));
  await run(["import", file, "--policy", "films", "--json"], dataDir);
}

const train = async (dataDir: string) => JSON.parse(await run(["train", "--json"], dataDir));

it("vectors are learned when due, switched to by a line of the log, and repeated by a replay", {
  timeout: 180_000,
}, async () => {
  const dataDir = temporaryFolder();
  await importEvents(dataDir, 0, 900);
  const first = await train(dataDir);
  expect(first.vectors).toMatchObject({ version: 1, backend: "wasm" });
  expect((await train(dataDir)).vectors).toBeNull();
  const manifest = JSON.parse(readFileSync(join(dataDir, "embeddings", "films", "1", "manifest.json"), "utf8"));
  expect(manifest).toMatchObject({ version: 1, policy: "films", dimension: 16, rows: 5_400 });
  expect(manifest.items).toHaveLength(ITEMS);
  expect(existsSync(join(dataDir, "embeddings", "films", "1", "items.onnx"))).toBe(true);

  await importEvents(dataDir, 900, 1_500);
  // The rows are folded anew from the log where their file is gone.
  rmSync(join(dataDir, "train", "films", "embed", "rows.bin"));
  const second = await train(dataDir);
  expect(second.vectors).toMatchObject({ version: 2 });
  expect(second.vectors.loss).toBeLessThan(first.vectors.loss + 0.02);

  const verified = JSON.parse(await run(["replay", "--verify", "--json"], dataDir));
  expect(verified).toMatchObject({ equal: true, rows: 9_000 });

  const started = await startBrigand("serve", { dataDir });
  const server = new TestServer(started.url, async () => {});
  const items = Array.from({ length: ITEMS }, (_, i) => ({ id: `i${i}` }));
  const kinds = async (user: string) => {
    const { body } = await server.post("/v1/rank", { policy: "films", user: { id: user }, items, slots: 6 });
    return body.items.filter(({ id }: { id: string }) => Number(id.slice(1)) % 2 === 0).length;
  };
  // A user of 15 lists is known: of 60 places of each, chance would give 30.
  let [war, love] = [0, 0];
  for (let i = 0; i < 10; i++) {
    war += await kinds("u10");
    love += await kinds("u11");
  }
  expect(war).toBeGreaterThan(45);
  expect(love).toBeLessThan(15);
  const metrics = await (await fetch(`${started.url}/metrics`)).text();
  expect(metrics).toMatch(/^brigand_vectors\{policy="films",what="version"\} 2$/m);
  expect(metrics).toMatch(/^brigand_vectors\{policy="films",what="loss"\} 0\.\d+$/m);
});

it("a job killed before it kept its rows repeats itself, and the log counts its vectors once", {
  timeout: 120_000,
}, async () => {
  const dataDir = temporaryFolder();
  await importEvents(dataDir, 0, 900);
  const layout = layoutOf(dataDir);
  const place = { layout, policy: "films", rowsMax: 500_000, itemsMax: 20_000, versionsKept: 10 };
  const job = (stream: string) => {
    // What a job that was killed leaves: its line in the log, no rows.
    rmSync(join(dataDir, "train", "films", "embed"), { recursive: true, force: true });
    return embedPolicy({ ...place, stream, now: T0 * 1.01, backend: wasmBackend, elapsed: () => 0 });
  };
  expect((await job("embed-1-1")).version).toBe(1);
  expect((await job("embed-2-2")).version).toBe(1);
  const transport = openFsTransport({ layout });
  const settings = defaultSettings;
  const options = { policy: "films", layout, transport, settings, bounds: defaultBounds, elapsed: () => 0 };
  const writer = await PolicyWriter.open(options);
  if (writer === undefined) throw new Error("somebody else writes");
  await writer.round();
  expect(writer.pipeline.state.features.vectors?.value.version).toBe(1);
  await writer.close();
  await transport.close();
  const reader = new JoinedReader({ directory: layout.joinedOf("films"), from: 0 });
  let switches = 0;
  for (;;) {
    const { frames } = await reader.read(64 * 1024 * 1024);
    if (frames.length === 0) break;
    switches += frames.filter(({ kind }) => kind === OperationKind.vectors).length;
  }
  reader.close();
  expect(switches).toBe(1);
  expect((await job("embed-3-3")).version).toBeUndefined();
  expect(JSON.parse(await run(["replay", "--verify", "--json"], dataDir))).toMatchObject({ equal: true });
});

it("brigand start learns vectors by itself, once while rows have not grown", { timeout: 120_000 }, async () => {
  const dataDir = temporaryFolder();
  await importEvents(dataDir, 0, 900);
  const started = await startBrigand("start", { dataDir, env: { EMBED_BACKEND: "wasm", EMBED_INTERVAL_MS: "500" } });
  const version = async () => {
    const text = await (await fetch(`${started.url}/metrics`)).text();
    return /^brigand_vectors\{policy="films",what="version"\} (\d+)$/m.exec(text)?.[1];
  };
  await expect.poll(version, { timeout: 90_000, interval: 300 }).toBe("1");
  expect(started.output()).not.toContain("a job failed");
  await sleep(1_000);
  expect(await version()).toBe("1");
});
