import { describe, expect, it } from "vitest";
import { startProgress } from "../../../src/cli/progress.ts";
import { prettyLine } from "../../../src/cli/supervise/logLine.ts";

/** A progress whose clock is moved by hand, and what it wrote. */
function progress(options: { readonly isTTY: boolean; readonly json?: boolean; readonly total?: number }) {
  let now = 0;
  const written: string[] = [];
  const stream = { isTTY: options.isTTY, write: (text: string) => written.push(text) };
  const bar = startProgress({ title: "import", unit: "events", elapsed: () => now, stream, ...options });
  return { written, bar, pass: (ms: number) => (now += ms) };
}

describe("progress", () => {
  it("writes a plain line every two seconds where nobody watches", () => {
    const { written, bar, pass } = progress({ isTTY: false, total: 2000 });
    for (let done = 100; done <= 1000; done += 100) {
      pass(500);
      bar.update(done);
    }
    pass(100);
    bar.end("done");
    expect(written.slice(0, 2)).toEqual([
      "import  20 %  400 of 2,000  events  200/s  2.0 s\n",
      "import  40 %  800 of 2,000  events  200/s  4.0 s\n",
    ]);
    expect(written.at(-1)).toMatch(/^import {2}50 % .* {2}done\n$/);
    expect(written).toHaveLength(3);
  });

  it("redraws a bar on a terminal and ends the line once", () => {
    const { written, bar, pass } = progress({ isTTY: true, total: 10 });
    pass(100);
    bar.update(5);
    bar.end();
    expect(written[0]).toContain("████████████░░░░░░░░░░░░");
    expect(written.join("").match(/\n/g)).toHaveLength(1);
  });

  it("is silent with --json", () => {
    const { written, bar, pass } = progress({ isTTY: true, json: true });
    pass(9999);
    bar.update(1);
    bar.end();
    expect(written).toEqual([]);
  });
});

describe("a log line for people", () => {
  it("shows time, process, level, message and details", () => {
    const line = prettyLine("serve", '{"level":40,"time":0,"pid":1,"msg":"slow","tookMs":7,"url":"/x"}');
    expect(line).toMatch(/^\d\d:\d\d:\d\d serve {3}warn {2}slow tookMs=7 url=\/x$/);
  });

  it("leaves alone what is no log line", () => {
    expect(prettyLine("work", "Error: {")).toBe("work    Error: {");
    expect(prettyLine("work", "{nonsense")).toBe("work    {nonsense");
  });
});
