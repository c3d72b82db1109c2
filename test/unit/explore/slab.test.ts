import { describe, expect, it } from "vitest";
import { float32s, float64s } from "../../../src/core/math/slab.ts";

describe("pieces of slabs", () => {
  it("are zeros of the length asked for, aligned, and share no byte, over many slabs", () => {
    const pieces = Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? float32s(i % 701) : float64s((i * 7) % 501)));
    pieces.forEach((piece, i) => {
      expect(piece.length).toBe(i % 2 === 0 ? i % 701 : (i * 7) % 501);
      expect(piece.every((value) => value === 0)).toBe(true);
      piece.fill(i + 1);
    });
    pieces.forEach((piece, i) => {
      expect(piece.every((value) => value === i + 1)).toBe(true);
    });
  });

  it("are arrays of their own when they are long", () => {
    const long = float32s(20_000);
    expect(long.length).toBe(20_000);
    expect(long.buffer.byteLength).toBe(80_000);
  });
});
