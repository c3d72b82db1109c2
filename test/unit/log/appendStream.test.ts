import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openAppendStream } from "../../../src/adapters/fs/appendStream.ts";
import { SegmentReader } from "../../../src/adapters/fs/segmentReader.ts";
import { folder, frame, outcome, readAll, SmallDisk, textOf } from "./harness.ts";

const process = { level: "process" } as const;
const disk = { level: "disk" } as const;

test("frames come back in order, at the positions that append said, over many segments", async () => {
  const directory = folder();
  const stream = openAppendStream({ directory, segmentBytes: 200 });
  const positions: number[] = [];
  for (let i = 0; i < 50; i++) {
    const { position, durable } = stream.append({ ...frame(`line ${i}`), ...process });
    positions.push(position);
    if (i % 3 === 0) await durable;
  }
  await stream.close();
  const frames = await readAll(directory);
  expect(frames.map(textOf)).toEqual(Array.from({ length: 50 }, (_, i) => `line ${i}`));
  expect(frames.map(({ position }) => position)).toEqual(positions);
  expect(readdirSync(directory).length).toBeGreaterThan(3);
  expect((await readAll(directory, positions[20])).map(textOf)[0]).toBe("line 20");
});

test("frames of one turn are one write, and those who wait for the disk share one fsync", async () => {
  const small = new SmallDisk();
  const stream = openAppendStream({ directory: folder(), disk: small });
  await Promise.all(Array.from({ length: 100 }, (_, i) => stream.append({ ...frame(`${i}`), ...disk }).durable));
  expect(small.syncs).toBe(1);
  await stream.close();
});

test("a stream that is never written makes no file", async () => {
  const directory = join(folder(), "wal");
  const stream = openAppendStream({ directory });
  await stream.close();
  expect(await readAll(directory)).toEqual([]);
});

test("on a full disk what does not fit is refused, nothing torn is seen, and the stream goes on when there is room", async () => {
  const directory = folder();
  const small = new SmallDisk();
  const stream = openAppendStream({ directory, disk: small });
  await stream.append({ ...frame("before"), ...disk }).durable;
  small.room = 17 + 5 + 10;
  const group = ["fits.", "torn.", "never"].map((text) => outcome(stream.append({ ...frame(text), ...disk }).durable));
  expect(await Promise.all(group)).toEqual(["kept", "CB_LOG_WRITE_FAILED", "CB_LOG_WRITE_FAILED"]);
  expect(await outcome(stream.append({ ...frame("still full"), ...process }).durable)).toBe("CB_LOG_WRITE_FAILED");
  expect((await readAll(directory)).map(textOf)).toEqual(["before", "fits."]);
  small.room = Number.POSITIVE_INFINITY;
  const after = stream.append({ ...frame("after"), ...disk });
  await after.durable;
  await stream.append({ ...frame("later"), ...process }).durable;
  const frames = await readAll(directory);
  expect(frames.map(textOf)).toEqual(["before", "fits.", "after", "later"]);
  expect(frames[2].position).toBe(after.position);
  await stream.close();
});

test("a disk that is full from the first byte costs no files and no positions", async () => {
  const directory = folder();
  const small = new SmallDisk();
  small.room = 0;
  const stream = openAppendStream({ directory, disk: small });
  for (let i = 0; i < 5; i++)
    expect(await outcome(stream.append({ ...frame("no"), ...disk }).durable)).toBe("CB_LOG_WRITE_FAILED");
  expect(readdirSync(directory)).toEqual([]);
  small.room = Number.POSITIVE_INFINITY;
  const { position, durable } = stream.append({ ...frame("yes"), ...disk });
  await durable;
  expect((await readAll(directory)).map((found) => [found.position, textOf(found)])).toEqual([[position, "yes"]]);
  await stream.close();
});

test("a reader that stands in the stream passes over the refused part", async () => {
  const directory = folder();
  const small = new SmallDisk();
  const stream = openAppendStream({ directory, disk: small });
  const reader = new SegmentReader({ directory, from: 0 });
  await stream.append({ ...frame("one"), ...process }).durable;
  expect((await reader.read(1 << 20)).frames.map(textOf)).toEqual(["one"]);
  small.room = 5;
  await outcome(stream.append({ ...frame("refused"), ...process }).durable);
  expect((await reader.read(1 << 20)).frames).toEqual([]);
  small.room = Number.POSITIVE_INFINITY;
  await stream.append({ ...frame("two"), ...process }).durable;
  expect((await reader.read(1 << 20)).frames.map(textOf)).toEqual(["two"]);
  reader.close();
  await stream.close();
});

test("a torn end that cannot be cut keeps the stream refusing until it can, and what was kept is acknowledged only on the disk", async () => {
  const directory = folder();
  const small = new SmallDisk();
  const stream = openAppendStream({ directory, disk: small });
  small.room = 17 + 4 + 3;
  small.truncateFails = true;
  const kept = outcome(stream.append({ ...frame("kept"), ...disk }).durable);
  const torn = outcome(stream.append({ ...frame("torn"), ...disk }).durable);
  expect(await Promise.all([kept, torn])).toEqual(["kept", "CB_LOG_WRITE_FAILED"]);
  expect(small.syncs).toBeGreaterThan(0);
  small.room = Number.POSITIVE_INFINITY;
  expect(await outcome(stream.append({ ...frame("no"), ...process }).durable)).toBe("CB_LOG_WRITE_FAILED");
  small.truncateFails = false;
  expect(await outcome(stream.append({ ...frame("yes"), ...process }).durable)).toBe("kept");
  expect((await readAll(directory)).map(textOf)).toEqual(["kept", "yes"]);
  await stream.close();
});

test("when the fsync fails those who wait for the disk are told, and a later one writes the bytes again", async () => {
  const directory = folder();
  const small = new SmallDisk();
  const stream = openAppendStream({ directory, disk: small });
  small.syncFails = true;
  const both = [stream.append({ ...frame("process"), ...process }), stream.append({ ...frame("disk"), ...disk })];
  expect(await Promise.all(both.map(({ durable }) => outcome(durable)))).toEqual(["kept", "CB_LOG_WRITE_FAILED"]);
  small.syncFails = false;
  await stream.append({ ...frame("again"), ...disk }).durable;
  expect((await readAll(directory)).map(textOf)).toEqual(["process", "disk", "again"]);
  await stream.close();
});

test("appends are refused, not queued for ever, while the disk is slower than they come", async () => {
  const stream = openAppendStream({ directory: folder(), pendingBytesMax: 100 });
  const first = stream.append({ ...frame("a".repeat(60)), ...process });
  expect(() => stream.append({ ...frame("b".repeat(60)), ...process })).toThrow(
    expect.objectContaining({ code: "CB_LOG_FULL" }),
  );
  await first.durable;
  await stream.append({ ...frame("c".repeat(60)), ...process }).durable;
  await stream.close();
  expect(() => stream.append({ ...frame("d"), ...process })).toThrow(
    expect.objectContaining({ code: "CB_LOG_CLOSED" }),
  );
});

test("a damaged frame is an end in the last segment and an error in one that another follows", async () => {
  const directory = folder();
  const stream = openAppendStream({ directory, segmentBytes: 60 });
  for (let i = 0; i < 9; i++) await stream.append({ ...frame(`line ${i}`), ...process }).durable;
  await stream.close();
  const names = readdirSync(directory).toSorted();
  const first = names[0];
  damage(join(directory, names[names.length - 1]), 10);
  expect((await readAll(directory)).length).toBeLessThan(9);
  damage(join(directory, first), 30);
  await expect(readAll(directory)).rejects.toMatchObject({ code: "CB_LOG_CORRUPT" });
});

test("missing bytes between two segments are an error, not a silence", async () => {
  const directory = folder();
  const stream = openAppendStream({ directory, segmentBytes: 60 });
  for (let i = 0; i < 9; i++) await stream.append({ ...frame(`line ${i}`), ...process }).durable;
  await stream.close();
  truncateSync(join(directory, readdirSync(directory).toSorted()[0]), 23);
  await expect(readAll(directory)).rejects.toMatchObject({ code: "CB_LOG_CORRUPT" });
});

test("a position before the first kept segment is told as trimmed", async () => {
  const directory = folder();
  writeFileSync(join(directory, "0000000000000500.seg"), "x");
  await expect(readAll(directory)).rejects.toMatchObject({ code: "CB_LOG_TRIMMED" });
});

test("a frame larger than a read is delivered whole", async () => {
  const directory = folder();
  const stream = openAppendStream({ directory });
  await stream.append({ ...frame("x".repeat(300_000)), ...process }).durable;
  await stream.append({ ...frame("small"), ...process }).durable;
  await stream.close();
  expect((await readAll(directory, 0, 1000)).map((found) => found.payload.length)).toEqual([300_000, 5]);
});

test("a frame half written is delivered once it is whole", async () => {
  const directory = folder();
  const stream = openAppendStream({ directory });
  await stream.append({ ...frame("one"), ...process }).durable;
  await stream.append({ ...frame("two"), ...process }).durable;
  await stream.close();
  const path = join(directory, readdirSync(directory)[0]);
  const bytes = readFileSync(path);
  truncateSync(path, 30);
  const reader = new SegmentReader({ directory, from: 0 });
  expect((await reader.read(1000)).frames.map(textOf)).toEqual(["one"]);
  expect((await reader.read(1000)).frames.map(textOf)).toEqual([]);
  appendFileSync(path, bytes.subarray(30));
  expect((await reader.read(1000)).frames.map(textOf)).toEqual(["two"]);
  reader.close();
});

function damage(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] ^= 1;
  writeFileSync(path, bytes);
}
