import { copyFileSync, readdirSync, readFileSync, renameSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type JoinedLog, openJoined } from "../../../src/adapters/fs/joinedLog.ts";
import { JoinedLookup } from "../../../src/adapters/fs/joinedLogLookup.ts";
import { JoinedReader } from "../../../src/adapters/fs/joinedLogReader.ts";
import { trimJoined } from "../../../src/adapters/fs/joinedLogTrim.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { folder, frame, outcome, SmallDisk, textOf } from "./harness.ts";

const noBytes = new Uint8Array(0);

async function round(log: JoinedLog, ...texts: string[]): Promise<number[]> {
  const positions = texts.map((text) => log.append(frame(text)));
  await log.commit(noBytes, 1);
  return positions;
}

/** The texts of what the reader delivers now, commits left out. */
async function texts(reader: JoinedReader): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const { frames } = await reader.read(100);
    if (frames.length === 0) return found;
    for (const each of frames) if (each.kind !== OperationKind.commit) found.push(textOf(each));
  }
}

test("a round is seen when it is committed and not before", async () => {
  const directory = folder();
  const reader = new JoinedReader({ directory, from: 0 });
  const log = await openJoined({ directory, fence: 1 });
  log.append(frame("a"));
  log.append(frame("b"));
  expect(await texts(reader)).toEqual([]);
  await log.commit(noBytes, 1);
  expect(await texts(reader)).toEqual(["a", "b"]);
  expect(reader.position).toBe(log.committed);
  await round(log, "c");
  expect(await texts(reader)).toEqual(["c"]);
  reader.close();
  await log.close();
});

test("rounds longer than a read and over many segments arrive whole and in order", async () => {
  const directory = folder();
  const log = await openJoined({ directory, fence: 1, segmentBytes: 300, level: "process" });
  const all: string[] = [];
  for (let i = 0; i < 20; i++) {
    const names = Array.from({ length: 1 + (i % 5) * 4 }, (_, k) => `operation ${i}.${k}`);
    await round(log, ...names);
    all.push(...names);
  }
  const reader = new JoinedReader({ directory, from: 0 });
  expect(await texts(reader)).toEqual(all);
  expect(readdirSync(directory).length).toBeGreaterThan(4);
  reader.close();
  await log.close();
});

test("a frame is found by its position in the round, in the file, and by another process", async () => {
  const directory = folder();
  const log = await openJoined({ directory, fence: 1, segmentBytes: 200 });
  const [a, b] = await round(log, "a".repeat(40_000), "b");
  const c = log.append(frame("c"));
  const held = log.readFrame(c);
  log.append(frame("d"));
  await log.commit(noBytes, 1);
  await round(log, "e");
  expect(textOf(held)).toBe("c");
  expect([a, b, c].map((position) => textOf(log.readFrame(position)).slice(0, 3))).toEqual(["aaa", "b", "c"]);
  const lookup = new JoinedLookup(directory);
  expect(textOf(lookup.at(c))).toBe("c");
  expect(() => lookup.at(c + 1)).toThrow(expect.objectContaining({ code: "CB_LOG_CORRUPT" }));
  lookup.close();
  await log.close();
});

test("after a crash the next writer goes on at the last commit, and a reader that waited sees one history", async () => {
  const directory = folder();
  const first = await openJoined({ directory, fence: 1 });
  const reader = new JoinedReader({ directory, from: 0 });
  await round(first, "a");
  expect(await texts(reader)).toEqual(["a"]);
  await round(first, "lost by the crash");
  const [name] = readdirSync(directory);
  truncateSync(join(directory, name), first.committed - 5);
  expect(await texts(reader)).toEqual([]);
  const second = await openJoined({ directory, fence: 2 });
  expect(second.committed).toBe(reader.position);
  await round(second, "b");
  expect(await texts(reader)).toEqual(["b"]);
  const fresh = new JoinedReader({ directory, from: 0 });
  expect(await texts(fresh)).toEqual(["a", "b"]);
  fresh.close();
  reader.close();
  await second.close();
});

test("a deposed writer's commit is told as fenced and nobody sees it", async () => {
  const directory = folder();
  const old = await openJoined({ directory, fence: 1 });
  const reader = new JoinedReader({ directory, from: 0 });
  await round(old, "a");
  const next = await openJoined({ directory, fence: 2 });
  old.append(frame("too late"));
  expect(await outcome(old.commit(noBytes, 1))).toBe("CB_LOG_FENCED");
  expect(await texts(reader)).toEqual(["a"]);
  await round(next, "b");
  expect(await texts(reader)).toEqual(["b"]);
  await expect(openJoined({ directory, fence: 2 })).rejects.toMatchObject({ code: "CB_LOG_FENCED" });
  reader.close();
  await old.close();
  await next.close();
});

test("a commit that slips in while another takes over is kept by the new writer", async () => {
  const directory = folder();
  const old = await openJoined({ directory, fence: 1 });
  await round(old, "a");
  const disk = new SmallDisk();
  const open = disk.open;
  let slipped = false;
  disk.open = async (path, flags) => {
    if (!slipped) {
      slipped = true;
      await round(old, "slipped in");
    }
    return open(path, flags);
  };
  const next = await openJoined({ directory, fence: 2, disk });
  expect(next.committed).toBe(old.committed);
  await round(next, "b");
  const reader = new JoinedReader({ directory, from: 0 });
  expect(await texts(reader)).toEqual(["a", "slipped in", "b"]);
  reader.close();
  await old.close();
  await next.close();
});

test("a writer that died between making its segment and reading again takes nothing with it", async () => {
  const directory = folder();
  const old = await openJoined({ directory, fence: 1 });
  await round(old, "a");
  const died = await openJoined({ directory, fence: 2 });
  await died.close();
  const [empty] = readdirSync(directory).filter((name) => name.includes("-00000002"));
  renameSync(join(directory, empty), join(directory, "0000000000000000-00000002.seg"));
  const next = await openJoined({ directory, fence: 3 });
  expect(next.committed).toBe(old.committed);
  await round(next, "b");
  const reader = new JoinedReader({ directory, from: 0 });
  expect(await texts(reader)).toEqual(["a", "b"]);
  reader.close();
  await old.close();
  await next.close();
});

test("a reader whose commits were overridden is told so", async () => {
  const directory = folder();
  const log = await openJoined({ directory, fence: 1 });
  const end = (await round(log, "a"), log.committed);
  const reader = new JoinedReader({ directory, from: 0 });
  await round(log, "b");
  expect(await texts(reader)).toEqual(["a", "b"]);
  const [name] = readdirSync(directory);
  copyFileSync(join(directory, name), join(directory, `${String(end).padStart(16, "0")}-00000002.seg`));
  await expect(reader.read(100)).rejects.toMatchObject({ code: "CB_LOG_FENCED" });
  reader.close();
  await log.close();
});

test("a round that could not be written is written by a retry, under the same positions", async () => {
  const directory = folder();
  const disk = new SmallDisk();
  const log = await openJoined({ directory, fence: 1, disk });
  await round(log, "a");
  disk.room = 20;
  const position = log.append(frame("b"));
  expect(await outcome(log.commit(noBytes, 1))).toBe("CB_LOG_WRITE_FAILED");
  const reader = new JoinedReader({ directory, from: 0 });
  expect(await texts(reader)).toEqual(["a"]);
  disk.room = Number.POSITIVE_INFINITY;
  disk.syncFails = true;
  expect(await outcome(log.retry())).toBe("CB_LOG_WRITE_FAILED");
  disk.syncFails = false;
  await log.retry();
  expect(await texts(reader)).toEqual(["b"]);
  expect(textOf(log.readFrame(position))).toBe("b");
  await round(log, "c");
  expect(await texts(reader)).toEqual(["c"]);
  reader.close();
  await log.close();
});

test("trimming keeps every segment that reaches beyond the position, and the end of the log", async () => {
  const directory = folder();
  for (let fence = 1; fence <= 3; fence++) {
    const log = await openJoined({ directory, fence, segmentBytes: 100 });
    for (let i = 0; i < 10; i++) await round(log, `${fence}.${i}`);
    await log.close();
  }
  const reader = new JoinedReader({ directory, from: 0 });
  const { next } = await reader.read(900);
  const first = trimJoined(directory, next);
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThanOrEqual(next);
  const rest = new JoinedReader({ directory, from: next });
  expect(await texts(rest)).toEqual(await texts(reader));
  await expect(new JoinedReader({ directory, from: 0 }).read(100)).rejects.toMatchObject({ code: "CB_LOG_TRIMMED" });
  trimJoined(directory, Number.MAX_SAFE_INTEGER);
  const log = await openJoined({ directory, fence: 4 });
  expect(log.committed).toBe(reader.position);
  for (const each of [reader, rest]) each.close();
  await log.close();
});

const MEBIBYTE = 1024 * 1024;

test("a long round is on its way to the file before its commit, unseen, and its bytes are those of one write", async () => {
  const long = Array.from({ length: 40 }, (_, i) => `${i} `.repeat(40_000));
  const [early, whole] = [folder(), folder()];
  const log = await openJoined({ directory: early, fence: 1, level: "process" });
  const reader = new JoinedReader({ directory: early, from: 0 });
  await round(log, "first");
  for (const text of long) log.append(frame(text));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(sizeOf(early)).toBeGreaterThan(MEBIBYTE);
  expect(await texts(reader)).toEqual(["first"]);
  await log.commit(noBytes, 1);
  expect(await texts(reader)).toEqual(long);
  reader.close();
  await log.close();
  const plain = await openJoined({ directory: whole, fence: 1 });
  await round(plain, "first");
  await round(plain, ...long);
  await plain.close();
  expect(bytesOf(early).equals(bytesOf(whole))).toBe(true);
});

test("a piece of a round that did not come to the file early is written with its commit", async () => {
  const disk = new SmallDisk();
  const directory = folder();
  const log = await openJoined({ directory, fence: 1, level: "process", disk });
  await round(log, "first");
  disk.room = MEBIBYTE + 1;
  const long = Array.from({ length: 4 }, (_, i) => `${i}`.repeat(MEBIBYTE));
  for (const text of long) log.append(frame(text));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(disk.room).toBe(0);
  expect(await outcome(log.commit(noBytes, 1))).toBe("CB_LOG_WRITE_FAILED");
  disk.room = Number.POSITIVE_INFINITY;
  await log.retry();
  const reader = new JoinedReader({ directory, from: 0 });
  expect(await texts(reader)).toEqual(["first", ...long]);
  reader.close();
  await log.close();
});

function bytesOf(directory: string): Buffer {
  return Buffer.concat(readdirSync(directory).map((name) => readFileSync(join(directory, name))));
}

function sizeOf(directory: string): number {
  return bytesOf(directory).byteLength;
}
