import { appendFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openClaims } from "../../../src/adapters/fs/claims.ts";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { temporaryFolder } from "../../support/tmp.ts";

const MINUTE_MS = 60_000;
const START = 29_000_000 * MINUTE_MS;

/** Server processes of one machine, by the letters of their streams, on one clock that a test moves. */
function machine(bounds: { decisionTtlMs?: number; decisionIndexMax?: number } = {}) {
  const dataDir = temporaryFolder();
  const layout = layoutOf(dataDir);
  const clock = { now: START };
  const process = (letter: string, now = () => clock.now) => {
    const options = { layout, streamName: letter, now, decisionTtlMs: 86_400_000, decisionIndexMax: 1000, ...bounds };
    const claims = openClaims({
      ...options,
      failed: (error) => {
        throw error;
      },
    });
    onTestFinished(() => claims.close());
    return claims;
  };
  return { process, clock, folder: join(layout.servers, "claims") };
}

/** What an open file of this process is, or was. */
function linked(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "";
  }
}

const at = (stream: string, position = 0) => ({ policy: "home", stream, position });

describe("claims of ids", () => {
  it("are won by whoever's line stands first, and everybody sees the same order", () => {
    const { process } = machine();
    const [a, b, c] = [process("a"), process("b"), process("c")];
    expect(a.claim("x", at("a", 7))).toEqual([]);
    expect(b.claim("x", at("b", 3))).toMatchObject([at("a", 7)]);
    expect(c.claim("x", at("c", 1))).toMatchObject([at("a", 7), at("b", 3)]);
    expect(c.claim("y", at("c", 1))).toEqual([]);
    expect(a.find("x", START)).toMatchObject([at("b", 3), at("c", 1)]);
  });

  it("that are taken back stand no more", () => {
    const { process } = machine();
    const [a, b] = [process("a"), process("b")];
    a.claim("x", at("a", 7));
    a.release("x", at("a", 7));
    expect(b.claim("x", at("b"))).toEqual([]);
    expect(a.find("x", START)).toMatchObject([at("b")]);
  });

  it("are one order across the turn of a minute, even for a process that stood still over it", () => {
    const { process, clock } = machine();
    const b = process("b");
    let looks = 0;
    // Reads the clock before the turn, appends after it.
    const a = process("a", () => (looks++ === 1 ? START + MINUTE_MS - 1 : clock.now));
    clock.now = START + MINUTE_MS;
    expect(b.claim("x", at("b"))).toEqual([]);
    looks = 1;
    expect(a.claim("x", at("a"))).toMatchObject([at("b")]);
    expect(b.find("x", clock.now)).toMatchObject([at("a")]);
  });

  it("are remembered when their file is gone, and a process that begins then need not know them", () => {
    const { process, clock, folder } = machine();
    const [a, b] = [process("a"), process("b")];
    a.claim("x", at("a"));
    b.find("x", START);
    clock.now += 11 * MINUTE_MS;
    b.find("x", clock.now);
    expect(readdirSync(folder)).toEqual([]);
    expect(b.find("x", clock.now)).toMatchObject([at("a")]);
    expect(process("c").find("x", clock.now)).toEqual([]);
  });

  it("leave no file open that another process dropped first", () => {
    const { process, clock, folder } = machine();
    const [a, b] = [process("a"), process("b")];
    const open = () => readdirSync("/proc/self/fd").filter((fd) => linked(fd).startsWith(folder)).length;
    a.claim("x", at("a"));
    b.find("x", START);
    expect(open()).toBe(2);
    clock.now += 11 * MINUTE_MS;
    a.find("x", clock.now);
    b.find("x", clock.now);
    expect(open()).toBe(0);
  });

  it("end with the time for which ids are remembered, and are bounded in number", () => {
    const { process, clock } = machine({ decisionTtlMs: 1000, decisionIndexMax: 8 });
    const [a, b] = [process("a"), process("b")];
    for (let i = 0; i < 20; i++) a.claim(`x${i}`, at("a", i));
    const known = Array.from({ length: 20 }, (_, i) => i).filter((i) => b.find(`x${i}`, START).length > 0);
    expect(known.length).toBeLessThanOrEqual(8);
    expect(known).toContain(19);
    clock.now += 1001;
    expect(b.find("x19", clock.now)).toEqual([]);
  });

  it("survive a line that a killed process left half written", () => {
    const { process, folder } = machine();
    const a = process("a");
    a.claim("x", at("a"));
    appendFileSync(join(folder, `${START / MINUTE_MS}.log`), '["torn","home"\n');
    expect(process("b").claim("x", at("b"))).toMatchObject([at("a")]);
  });
});
