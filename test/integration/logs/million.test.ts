/** Listings of a million rows by processes whose heap is far too small to hold them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDirectory } from "../../../src/adapters/fs/durable.ts";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { encodeCommit, encodeOperation } from "../../../src/core/join/codec.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { encodeRecord } from "../../../src/core/log/codec.ts";
import { encodeFrame, type FrameInput } from "../../../src/core/log/frame.ts";
import { type DecisionRecord, FORMAT_VERSION, RecordKind } from "../../../src/core/log/records.ts";
import { projectRoot } from "../../support/shared.ts";

const DECISIONS = 100_000;
const SLOTS = 10;
const START = Date.UTC(2026, 0, 1);
const WINDOW_MS = 600_000;
/** Decisions that a round of the writer closes. */
const ROUND = 1000;
/** Rows alone are more than ten times this. */
const HEAP_MB = 64;

let dataDir: string;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "brigand-million-"));
  const layout = layoutOf(dataDir);
  const wal = layout.streamOf("home", "s1-x");
  const joined = layout.joinedOf("home");
  await makeDirectory(wal);
  await makeDirectory(joined);
  writeFileSync(join(wal, "0000000000000000.seg"), framesOf(DECISIONS, decisionFrame));
  writeFileSync(join(joined, "0000000000000000-00000001.seg"), framesOf(DECISIONS, closeFrame));
}, 120_000);
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

function framesOf(n: number, frame: (i: number) => FrameInput): Buffer {
  const frames: Uint8Array[] = [];
  const commit = encodeCommit({ fence: 1, ranges: [], counts: {} });
  for (let i = 0; i < n; i++) {
    const one = frame(i);
    frames.push(encodeFrame(one, crc32));
    if (frame !== closeFrame || (i + 1) % ROUND !== 0) continue;
    frames.push(encodeFrame({ kind: OperationKind.commit, time: one.time, payload: [commit] }, crc32));
  }
  return Buffer.concat(frames);
}

function decisionFrame(i: number): FrameInput {
  const scores = Float32Array.from({ length: 12 }, (_, item) => item / 10);
  const record: DecisionRecord = {
    kind: RecordKind.decision,
    v: FORMAT_VERSION,
    id: `decision-${i}`,
    workspace: "default",
    policy: "home",
    variant: "default",
    modelVersion: 1,
    columns: 0,
    subject: `subject-${i % 1000}`,
    unit: "user",
    consent: [],
    at: START + i,
    served: "model",
    deferred: false,
    context: { device: "tv", note: "a context of some length, as they are" },
    explorer: "uniform",
    parameters: {},
    floor: 0.001,
    nonce: "00",
    seed: "00".repeat(32),
    passProbability: 1,
    full: false,
    items: Array.from({ length: 12 }, (_, item) => `item-${item}`),
    slots: Array.from({ length: SLOTS }, (_, slot) => (i + slot) % 12),
    propensity: Array.from({ length: SLOTS }, (_, slot) => 1 / (12 - slot)),
    score: scores,
    uncertainty: scores,
    shown: new Float32Array(0),
  };
  return { kind: RecordKind.decision, time: START + i, payload: [encodeRecord(record)] };
}

function closeFrame(i: number): FrameInput {
  const [kind, at] = [OperationKind.close, START + i + WINDOW_MS];
  const rewards = Array.from({ length: SLOTS }, (_, slot) => (slot === 0 ? 1 : 0));
  const payload = encodeOperation({ kind, decision: `decision-${i}`, learnedAt: 0, rewards, at });
  return { kind, time: at, payload: [payload] };
}

/** Runs `brigand logs` with a small heap and counts what it prints. */
async function listed(args: readonly string[]): Promise<{ code: number; lines: number; told: string }> {
  const main = join(projectRoot, "dist", "src", "cli", "main.js");
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MB}`, main, "logs", ...args], {
    env: { PATH, HOME, DATA_DIR: dataDir },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [lines, told] = [0, ""];
  child.stdout.on("data", (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 10) lines++;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    told += chunk.toString();
  });
  const [code] = await once(child, "close");
  return { code, lines, told };
}

describe(`a listing of a million rows in ${HEAP_MB} MB of heap`, { timeout: 300_000 }, () => {
  it("is written as CSV", async () => {
    expect(await listed(["--format", "csv"])).toEqual({ code: 0, lines: DECISIONS * SLOTS + 1, told: "" });
  });

  it("is written as JSON lines, of explored lists alone", async () => {
    // Scores grow with the item's number and lists go the other way, so every one was explored.
    expect(await listed(["--explored", "true"])).toEqual({ code: 0, lines: DECISIONS, told: "" });
  });

  it("is written as Parquet", async () => {
    const path = join(dataDir, "million.parquet");
    expect(await listed(["--format", "parquet", "--output", path])).toEqual({ code: 0, lines: 0, told: "" });
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    const read = await connection.runAndReadAll(
      `SELECT count(*)::INTEGER, sum(reward)::INTEGER, count(DISTINCT decision_id)::INTEGER FROM '${path}'`,
    );
    expect(read.getRows()).toEqual([[DECISIONS * SLOTS, DECISIONS, DECISIONS]]);
    connection.closeSync();
  });
});
