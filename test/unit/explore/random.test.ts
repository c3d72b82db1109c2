import { describe, expect, it } from "vitest";
import { uniformOf, wordsOf } from "../../../src/core/math/random.ts";
import { seedNamed } from "../../conformance/explore/cases.ts";

const MASK = 2n ** 64n - 1n;
const rotl = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (64n - k))) & MASK;

/** xoshiro256** from its published definition, on BigInt. */
function reference(seed: string): () => bigint {
  let [a, b, c, d] = [0, 16, 32, 48].map((at) => BigInt(`0x${seed.slice(at, at + 16)}`));
  return () => {
    const result = (rotl((b * 5n) & MASK, 7n) * 9n) & MASK;
    const t = (b << 17n) & MASK;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotl(d, 45n);
    return result;
  };
}

describe("the seeded generator", () => {
  it("repeats the published outputs of xoshiro256** from the state 1, 2, 3, 4", () => {
    const next = wordsOf([1, 2, 3, 4].map((w) => w.toString(16).padStart(16, "0")).join(""));
    const outputs = Array.from({ length: 10 }, () => {
      const [high, low] = next();
      return ((BigInt(high) << 32n) | BigInt(low)).toString();
    });
    expect(outputs).toEqual([
      "11520",
      "0",
      "1509978240",
      "1215971899390074240",
      "1216172134540287360",
      "607988272756665600",
      "16172922978634559625",
      "8476171486693032832",
      "10595114339597558777",
      "2904607092377533576",
    ]);
  });

  it("agrees with the definition on BigInt for 100,000 numbers", () => {
    let faults = 0;
    for (let seed = 0; seed < 20; seed++) {
      const next = uniformOf(seedNamed(`reference ${seed}`));
      const expected = reference(seedNamed(`reference ${seed}`));
      for (let i = 0; i < 5000; i++) if (next() !== Number(expected() >> 11n) / 2 ** 53) faults++;
    }
    expect(faults).toBe(0);
  });

  it("never stands still, not even from the all-zero seed", () => {
    const next = uniformOf("0".repeat(64));
    expect(new Set(Array.from({ length: 100 }, next)).size).toBeGreaterThan(90);
  });

  it.each(["", "12", "z".repeat(64), "0".repeat(65)])("refuses %j as a seed", (seed) => {
    expect(() => uniformOf(seed)).toThrow(expect.objectContaining({ code: "CB_SEED_INVALID" }));
  });
});
