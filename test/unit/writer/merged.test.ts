import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../../src/core/log/frame.ts";
import { type StreamBatch, slicesByTime } from "../../../workers/writer/merged.ts";

const FRAME_BYTES = 10;
const AHEAD_MS = 1_000;

const batchesOf = fc.array(
  fc.record({
    gaps: fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 30 }),
    full: fc.boolean(),
  }),
  { minLength: 1, maxLength: 4 },
);

function batchOf({ gaps, full }: { gaps: readonly number[]; full: boolean }, index: number): StreamBatch {
  let time = 0;
  const frames = gaps.map((gap, at): Frame => {
    time += gap;
    const position = at * FRAME_BYTES;
    return { position, next: position + FRAME_BYTES, kind: 8, time, payload: new Uint8Array() };
  });
  return { stream: `s${index}`, from: 0, frames, next: frames.length * FRAME_BYTES, full };
}

describe("streams in the order of their time", () => {
  it("gives every frame once, in order, but for what lies behind the end of a full batch", () => {
    fc.assert(
      fc.property(batchesOf, (given) => {
        const batches = given.map(batchOf);
        const slices = [...slicesByTime(batches)];
        const limit = Math.min(...batches.filter(({ full }) => full).map(({ frames }) => frames.at(-1)?.time ?? 0));
        for (const { stream, frames } of batches) {
          const pieces = slices.filter((slice) => slice.stream === stream);
          expect(pieces.flatMap((piece) => piece.frames)).toEqual(frames.filter(({ time }) => time <= limit));
          pieces.forEach((piece, i) => expect(piece.from).toBe(pieces[i - 1]?.to ?? 0));
          pieces.forEach((piece) => expect(piece.to).toBe(piece.frames.at(-1)?.next));
        }
      }),
    );
  });

  it("never runs one stream more than a second ahead of another", () => {
    fc.assert(
      fc.property(batchesOf, (given) => {
        const left = new Map(given.map(batchOf).map(({ stream, frames }) => [stream, [...frames]]));
        for (const { stream, frames } of slicesByTime(given.map(batchOf))) {
          left.get(stream)?.splice(0, frames.length);
          const waiting = [...left].flatMap(([other, rest]) =>
            other === stream || rest.length === 0 ? [] : [rest[0].time],
          );
          expect(frames.at(-1)?.time).toBeLessThanOrEqual(Math.min(...waiting) + AHEAD_MS);
        }
      }),
    );
  });

  it("moves on over frames that were refused", () => {
    const gap = { stream: "a", from: 0, frames: [], next: 50, full: false };
    expect([...slicesByTime([gap])]).toEqual([{ stream: "a", from: 0, to: 50, frames: [] }]);
  });
});
