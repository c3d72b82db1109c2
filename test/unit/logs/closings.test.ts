import { describe, expect, it } from "vitest";
import { type ClosingBatch, Closings, type ClosingsOptions } from "../../../src/core/logs/closings.ts";

const MINUTE = 60_000;
const WINDOW = 10 * MINUTE;

interface Line {
  readonly id: string;
  readonly at: number;
  readonly closedAt?: number;
}

/** Reads the closings of these lines in order of closing, ten a batch, and counts how often it begins. */
function log(lines: readonly Line[], options: ClosingsOptions & { now: number }) {
  const closed = lines.filter(({ closedAt = Number.POSITIVE_INFINITY }) => closedAt <= options.now);
  closed.sort((a, b) => (a.closedAt ?? 0) - (b.closedAt ?? 0));
  const opened = { times: 0 };
  async function* open(): AsyncGenerator<ClosingBatch, void, undefined> {
    opened.times++;
    for (let i = 0; i < closed.length; i += 10) {
      const part = closed.slice(i, i + 10);
      const closings = part.map(({ id, closedAt }) => ({
        decision: id,
        rewards: { state: "closed" as const, closedAt, bySlot: [Number(id.slice(1))] },
      }));
      yield { closings, time: part.at(-1)?.closedAt ?? 0 };
    }
    yield { closings: [], time: options.now };
  }
  return { closings: new Closings(open, options), opened };
}

const steady = (n: number): Line[] =>
  Array.from({ length: n }, (_, i) => ({ id: `d${i}`, at: i * 1000, closedAt: i * 1000 + WINDOW }));

describe("final rewards beside the lines", () => {
  it("are found for everything that has closed, and the rest is open, in one pass", async () => {
    const lines = steady(2000);
    const { closings, opened } = log(lines, { now: 1_500_000 });
    for (const { id, at, closedAt = 0 } of lines) {
      const found = await closings.of(id, at);
      expect(found.state, id).toBe(closedAt <= 1_500_000 ? "closed" : "open");
      if (found.state === "closed") expect(found.bySlot).toEqual([Number(id.slice(1))]);
    }
    expect(opened.times).toBe(1);
  });

  it("are found with a filter that keeps few, though little is held", async () => {
    const lines = steady(5000);
    const { closings, opened } = log(lines, { now: 1e9, heldMax: 100 });
    for (const [i, { id, at }] of lines.entries()) {
      if (i % 500 !== 499) closings.pass(id);
      else expect((await closings.of(id, at)).bySlot).toEqual([i]);
    }
    expect(opened.times).toBe(1);
  });

  it("are found for one that closed hours later, by a search of its own, and for those after it", async () => {
    const lines = steady(3000).map((line) => (line.id === "d5" ? { ...line, closedAt: 2_900_000 } : line));
    const { closings, opened } = log(lines, { now: 1e9, heldMax: 1000 });
    for (const { id, at } of lines) expect((await closings.of(id, at)).state, id).toBe("closed");
    expect(opened.times).toBe(2);
  });

  it("say unknown, not open, where no search is left", async () => {
    const lines = steady(3000).map((line) => (line.id === "d5" ? { ...line, closedAt: 2_900_000 } : line));
    const { closings } = log(lines, { now: 1e9, searchesMax: 0, heldMax: 1000 });
    for (const { id, at } of lines.slice(0, 5)) expect((await closings.of(id, at)).state).toBe("closed");
    expect((await closings.of("d5", 5000)).state).toBe("unknown");
    expect((await closings.of("d6", 6000)).state).toBe("closed");
  });

  it("are unknown, not open, for one whose window must have ended though no end of it is there", async () => {
    const lines = steady(3000).filter(({ id }) => id !== "d7");
    const { closings } = log(lines, { now: 1e9 });
    expect((await closings.of("d7", 7000)).state).toBe("unknown");
    expect((await closings.of("d8", 8000)).state).toBe("closed");
  });

  it("are open for what is in nobody's joined log", async () => {
    const { closings } = log([], { now: 0 });
    expect(await closings.of("d1", 1)).toEqual({ state: "open" });
    await closings.close();
  });
});
