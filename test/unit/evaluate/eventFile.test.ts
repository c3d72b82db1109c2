import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { type EventLine, readEventFile } from "../../../src/adapters/fs/eventFile.ts";

const folder = mkdtempSync(join(tmpdir(), "brigand-events-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(content: string | Buffer, ending = ".jsonl"): string {
  const path = join(folder, `${files++}${ending}`);
  writeFileSync(path, content);
  return path;
}

async function linesOf(path: string, options?: { lineBytesMax: number }): Promise<EventLine[]> {
  const lines: EventLine[] = [];
  for await (const batch of readEventFile(path, options)) lines.push(...batch.lines);
  return lines;
}

const texts = (lines: readonly EventLine[]) =>
  lines.map(({ lineNumber, text, error }) => [lineNumber, text ?? error?.code]);

test("lines come with their numbers; blank lines count but are left out", async () => {
  const path = fileOf('{"a":1}\n\n  \r\n{"b":"é"}\r\n{"c":3}');
  expect(texts(await linesOf(path))).toEqual([
    [1, '{"a":1}'],
    [4, '{"b":"é"}'],
    [5, '{"c":3}'],
  ]);
});

test("a gzipped file reads the same, also one made of several gzip members", async () => {
  const [a, b] = ["first\nsec", "ond\nthird\n"];
  const plain = texts(await linesOf(fileOf(a + b)));
  expect(texts(await linesOf(fileOf(gzipSync(a + b), ".jsonl.gz")))).toEqual(plain);
  expect(texts(await linesOf(fileOf(Buffer.concat([gzipSync(a), gzipSync(b)]), ".jsonl.gz")))).toEqual(plain);
});

test("lines that span chunks of the file stay whole, and progress ends at the size of the file", async () => {
  const wanted = Array.from({ length: 300 }, (_, i) => `${i}-${"x".repeat(i * 37)}`);
  const path = fileOf(`${wanted.join("\n")}\n`);
  const got: string[] = [];
  let last = { bytesRead: 0, bytes: -1 };
  let batches = 0;
  for await (const batch of readEventFile(path)) {
    got.push(...batch.lines.map(({ text }) => text ?? ""));
    last = batch;
    batches++;
  }
  expect(got).toEqual(wanted);
  expect(batches).toBeGreaterThan(2);
  expect(last.bytesRead).toBe(last.bytes);
});

test("batches of a few lines are the same lines in order, across chunks of the file too", async () => {
  const wanted = Array.from({ length: 3_000 }, (_, i) => `${i}-${"x".repeat(i % 300)}`);
  const got: string[] = [];
  for await (const { lines } of readEventFile(fileOf(wanted.join("\n")), { linesMax: 7 })) {
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThanOrEqual(7);
    got.push(...lines.map(({ text }) => text ?? ""));
  }
  expect(got).toEqual(wanted);
});

test("a line over the bound is told by its number and the next one is read", async () => {
  const path = fileOf(`ok\n${"y".repeat(2_000_000)}\nfine\n`);
  expect(texts(await linesOf(path, { lineBytesMax: 1000 }))).toEqual([
    [1, "ok"],
    [2, "CB_LINE_TOO_LONG"],
    [3, "fine"],
  ]);
});

test("a small gzip file that unpacks to one endless line takes the memory of the bound only", async () => {
  const path = fileOf(gzipSync(Buffer.alloc(64 * 2 ** 20, 0x20)), ".jsonl.gz");
  const before = process.memoryUsage().arrayBuffers;
  expect(texts(await linesOf(path, { lineBytesMax: 1000 }))).toEqual([[1, "CB_LINE_TOO_LONG"]]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 2 ** 20);
});

test("a line that is not UTF-8 is told by its number", async () => {
  const path = fileOf(Buffer.from([0x61, 0x0a, 0xff, 0xfe, 0x0a, 0x62]));
  expect(texts(await linesOf(path))).toEqual([
    [1, "a"],
    [2, "CB_BODY_NOT_UTF8"],
    [3, "b"],
  ]);
});

test("an empty file has no lines", async () => {
  expect(await linesOf(fileOf(""))).toEqual([]);
});

test("a gzip file that was cut off yields what it has and then fails with a code", async () => {
  const lines = Array.from({ length: 100_000 }, (_, i) => `${i} ${Math.imul(i, 0x9e3779b1)}`).join("\n");
  const whole = gzipSync(lines);
  const path = fileOf(whole.subarray(0, whole.length - 1000), ".jsonl.gz");
  let n = 0;
  const read = async () => {
    for await (const batch of readEventFile(path)) n += batch.lines.length;
  };
  await expect(read()).rejects.toMatchObject({ code: "CB_COMMAND_FAILED" });
  expect(n).toBeGreaterThan(1000);
});

test("a file that is missing, a folder, or no gzip fails with a code and names the file", async () => {
  await expect(linesOf(join(folder, "none.jsonl"))).rejects.toMatchObject({ code: "CB_COMMAND_FAILED" });
  await expect(linesOf(folder)).rejects.toThrow(/it is a folder/);
  await expect(linesOf(fileOf("plain", ".jsonl.gz"))).rejects.toMatchObject({ code: "CB_COMMAND_FAILED" });
});

test("a reader that stops early leaves no file open", async () => {
  const path = fileOf("a\n".repeat(1_000_000));
  for await (const batch of readEventFile(path)) {
    expect(batch.lines.length).toBeGreaterThan(0);
    break;
  }
  rmSync(path);
});
