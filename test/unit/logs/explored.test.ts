import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exploredOf } from "../../../src/core/logs/explored.ts";

type Line = Parameters<typeof exploredOf>[0];

const line = (fields: Partial<Line> & { score: Line["score"] }): Line => ({
  served: "model",
  items: Array.from(fields.score, (_, i) => `i${i}`),
  slots: [0],
  ...fields,
});

describe("a list was explored", () => {
  it("in the slot whose item has a lower score than one that was still to be had", () => {
    const score = Float32Array.of(3, 1, 2);
    expect(exploredOf(line({ score, slots: [0, 2, 1] }))).toEqual({ list: false, slots: [false, false, false] });
    expect(exploredOf(line({ score, slots: [0, 1, 2] }))).toEqual({ list: true, slots: [false, true, false] });
    expect(exploredOf(line({ score, slots: [1, 0] }))).toEqual({ list: true, slots: [true, false] });
  });

  it("never by choosing among equal scores", () => {
    expect(exploredOf(line({ score: Float32Array.of(1, 1, 1), slots: [2, 0, 1] }))?.list).toBe(false);
  });

  it("never in a pinned slot, nor for passing over an item that is pinned elsewhere", () => {
    const score = Float32Array.of(3, 1, 2);
    const pins = [{ itemIndex: 0, position: 2 }];
    expect(exploredOf(line({ score, pins, slots: [2, 0, 1] }))).toEqual({ list: false, slots: [false, false, false] });
    expect(exploredOf(line({ score, pins, slots: [1, 0, 2] }))).toEqual({ list: true, slots: [true, false, false] });
    const all = [0, 1, 2].map((itemIndex) => ({ itemIndex, position: itemIndex + 1 }));
    expect(exploredOf(line({ score, pins: all, slots: [0, 1, 2] }))?.list).toBe(false);
  });

  it("only where the model chose", () => {
    for (const served of ["baseline", "degraded"] as const) {
      expect(exploredOf(line({ served, score: Float32Array.of(1, 2) }))).toBeUndefined();
    }
  });

  it("exactly when its scores are not the highest ones in order (brute force over the rest, 1,000 lists)", () => {
    const lists = fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 8 });
    const scores = fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(lists, scores, (slots, values) => {
        const score = Float32Array.from(values);
        const highest = [...values].sort((a, b) => b - a).slice(0, slots.length);
        const isBest = slots.every((itemIndex, slot) => values[itemIndex] === highest[slot]);
        expect(exploredOf(line({ score, slots }))?.list).toBe(!isBest);
      }),
      { seed: 7, numRuns: 1000 },
    );
  });
});
