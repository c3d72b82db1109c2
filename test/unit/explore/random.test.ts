import { describe, expect, it } from "vitest";
import { farUniformOf, uniformOf, wordsOf } from "../../../src/core/math/random.ts";
import { seedNamed } from "../../conformance/explore/cases.ts";
import { farReference, reference } from "../../conformance/explore/referenceWords.ts";

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

  it("agrees 2^128 numbers ahead with the 2^128th power of the step", () => {
    for (const name of ["far 1", "far 2"]) {
      const next = farUniformOf(seedNamed(name));
      const expected = farReference(seedNamed(name));
      for (let i = 0; i < 1000; i++) expect(next()).toBe(Number(expected() >> 11n) / 2 ** 53);
    }
  });

  it("never stands still, not even from the all-zero seed", () => {
    const next = uniformOf("0".repeat(64));
    expect(new Set(Array.from({ length: 100 }, next)).size).toBeGreaterThan(90);
  });

  it.each(["", "12", "z".repeat(64), "0".repeat(65)])("refuses %j as a seed", (seed) => {
    expect(() => uniformOf(seed)).toThrow(expect.objectContaining({ code: "CB_SEED_INVALID" }));
  });
});
