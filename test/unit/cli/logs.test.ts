import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { framesByTime } from "../../../src/adapters/fs/decisionLogFrames.ts";
import { makeDirectory } from "../../../src/adapters/fs/durable.ts";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { encodeFrame } from "../../../src/core/log/frame.ts";
import { csvCell, csvLine } from "../../../src/core/logs/csv.ts";
import { temporaryFolder } from "../../support/tmp.ts";

describe("a cell of CSV", () => {
  it.each([
    ["plain", "plain"],
    ['a "word"', '"a ""word"""'],
    ["a,b", '"a,b"'],
    ["two\r\nlines", '"two\r\nlines"'],
    ["=1+1", "'=1+1"],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\tx", "'\tx"],
    ["\rx", '"\'\rx"'],
    ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
    ["\n=1", '"\'\n=1"'],
    ["＝1", "'＝1"],
    ["'=1", "''=1"],
    ["'tis", "'tis"],
    ["", ""],
    ["a=b", "a=b"],
    [-1.5, "-1.5"],
    [1e-7, "1e-7"],
    [true, "true"],
    [undefined, ""],
  ])("%j is written %j", (value, written) => {
    expect(csvCell(value)).toBe(written);
  });

  it("is parted from the next by a comma", () => {
    expect(csvLine(["a", "", "b c"])).toBe("a,,b c");
  });
});

describe("frames of several streams", () => {
  it("come in the order of their times, though streams overlap, follow one another or are empty", async () => {
    const layout = layoutOf(temporaryFolder());
    const streams = { a: [1, 4, 4, 9], b: [2, 3, 10], c: [20, 21], d: [], e: [5] };
    for (const [name, times] of Object.entries(streams)) {
      const folder = layout.streamOf("home", name);
      await makeDirectory(folder);
      const frames = times.map((time) => encodeFrame({ kind: 8, time, payload: [new Uint8Array(8)] }, crc32));
      writeFileSync(join(folder, "0000000000000000.seg"), Buffer.concat(frames));
    }
    const times: number[] = [];
    for await (const { frame } of framesByTime({ layout, policy: "home" })) times.push(frame.time);
    expect(times).toEqual([1, 2, 3, 4, 4, 5, 9, 10, 20, 21]);
  });

  it("of a time on are found without reading the segments before it", async () => {
    const layout = layoutOf(temporaryFolder());
    const folder = layout.streamOf("home", "a");
    await makeDirectory(folder);
    const frames = [1, 2, 3, 4, 5, 6].map((time) =>
      encodeFrame({ kind: 8, time, payload: [new Uint8Array(8)] }, crc32),
    );
    const { byteLength } = frames[0];
    for (let i = 0; i < 6; i += 2) {
      const name = `${String(i * byteLength).padStart(16, "0")}.seg`;
      writeFileSync(join(folder, name), Buffer.concat(frames.slice(i, i + 2)));
    }
    const from = async (time: number) => {
      const times: number[] = [];
      for await (const { frame } of framesByTime({ layout, policy: "home", from: time })) times.push(frame.time);
      return times;
    };
    expect(await from(0)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await from(3)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await from(4)).toEqual([3, 4, 5, 6]);
    expect(await from(99)).toEqual([5, 6]);
  });
});
