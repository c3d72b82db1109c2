import { describe, expect, it } from "vitest";
import { murmur3 } from "../../../src/core/math/murmur3.ts";
import { assignmentOf, type Split, sharesOf } from "../../../src/core/variants/assign.ts";

const units = (n: number) => Array.from({ length: n }, (_, i) => `subject-${i}`);
const split = (weights: readonly (readonly [string, number])[], salt = "home"): Split => ({
  salt,
  variants: weights.map(([name, weight]) => ({ name, weight })),
});

/** Share of the units whose variant's name differs. */
function moved(before: Split, after: Split, n = 20_000): number {
  const [a, b] = [assignmentOf(before), assignmentOf(after)];
  const name = ({ variants }: Split, index: number) => variants[index].name;
  return units(n).filter((unit) => name(before, a(unit)) !== name(after, b(unit))).length / n;
}

describe("the hash of a unit", () => {
  it("is MurmurHash3 of its UTF-8 bytes, by published and independently computed values", () => {
    const cases = [
      ["", 0, 0],
      ["", 1, 0x514e28b7],
      ["", 0xffffffff, 0x81f16f39],
      ["test", 0, 0xba6bd213],
      ["test", 0x9747b28c, 0x704b81dc],
      ["Hello, world!", 0, 0xc0363e43],
      ["Hello, world!", 0x9747b28c, 0x24884cba],
      ["aaaa", 0x9747b28c, 0x5a97808a],
      ["aaa", 0x9747b28c, 0x283e0130],
      ["日本語の名前", 7, 0x741b12e5],
    ] as const;
    for (const [text, seed, hash] of cases) expect(murmur3(text, seed)).toBe(hash);
  });

  it("reads texts longer than its memory", () => {
    expect(murmur3("x".repeat(5000), 3)).toBe(murmur3("x".repeat(5000), 3));
    expect(murmur3("x".repeat(5000), 3)).not.toBe(murmur3("x".repeat(4999), 3));
  });
});

describe("the assignment of units to variants", () => {
  const three = [
    ["control", 0.5],
    ["challenger", 0.3],
    ["wild", 0.2],
  ] as const;

  it("is what another program, in another language, computes from the definition", () => {
    const named = [...units(40), "", "ü", "日本語の名前", "😀x", "AbCdEfGhIjKlMnOpQrStUv"];
    const expected = "2 0 0 0 0 0 1 0 0 0 1 1 0 0 1 2 1 1 0 1 1 0 1 0 2 1 0 1 1 0 0 2 1 0 1 1 2 1 0 0 2 0 2 1 0".split(
      " ",
    );
    const assign = assignmentOf(split(three));
    expect(named.map((unit) => String(assign(unit)))).toEqual(expected);
  });

  it("does not depend on the order of units or of variants, nor on what was asked before", () => {
    const assign = assignmentOf(split(three));
    const first = units(2000).map((unit) => three[assign(unit)][0]);
    const again = assignmentOf(split(three.toReversed()));
    const back = units(2000)
      .toReversed()
      .map((unit) => three.toReversed()[again(unit)][0]);
    expect(back.toReversed()).toEqual(first);
  });

  it("moves exactly the units that a share gains when one weight grows, a variant comes or goes", () => {
    const [a, b, c] = [
      ["a", 40],
      ["b", 40],
      ["c", 20],
    ] as const;
    const before = split([a, b, c]);
    const [old, grown] = [assignmentOf(before), assignmentOf(split([a, b, ["c", 80]]))];
    for (const unit of units(5000)) if (old(unit) !== grown(unit)) expect(grown(unit)).toBe(2);
    // Shares .2 → .5, and .8 of all stay or lose to nobody: within 4 standard errors of 20,000 units.
    expect(moved(before, split([a, b, ["c", 80]]))).toBeCloseTo(0.3, 1.9);
    expect(moved(before, split([a, b]))).toBeCloseTo(0.2, 1.9);
    expect(moved(before, split([a, b, c, ["d", 100]]))).toBeCloseTo(0.5, 1.9);
    expect(
      moved(
        before,
        split([
          ["a", 4],
          ["b", 4],
          ["c", 2],
        ]),
      ),
    ).toBe(0);
  });

  it("moves at most 2δ/(1+δ) of the units when shares change by δ in all", () => {
    const before = split([
      ["a", 0.5],
      ["b", 0.4],
      ["c", 0.1],
    ]);
    const after = split([
      ["a", 0.4],
      ["b", 0.4],
      ["c", 0.2],
    ]);
    const share = moved(before, after);
    expect(share).toBeGreaterThan(0.1 - 0.01);
    expect(share).toBeLessThan(0.2 / 1.1 + 0.01);
  });

  it("gives a variant of weight 0 nobody, and a salt of its own deals the units anew", () => {
    const none = assignmentOf(
      split([
        ["a", 0],
        ["b", 1],
      ]),
    );
    expect(units(500).every((unit) => none(unit) === 1)).toBe(true);
    const even = [
      ["a", 1],
      ["b", 1],
    ] as const;
    expect(moved(split(even), split(even, "other"))).toBeCloseTo(0.5, 1.9);
  });

  it("says each variant's expected share", () => {
    expect(
      sharesOf(
        split([
          ["a", 3],
          ["b", 1],
        ]),
      ),
    ).toEqual([0.75, 0.25]);
  });
});
