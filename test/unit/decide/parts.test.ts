import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decisionIdOf, locate } from "../../../src/core/decide/decisionId.ts";
import { LogShare, passUniform, SHARE_MIN } from "../../../src/core/decide/logShare.ts";
import { Recent } from "../../../src/core/decide/recent.ts";
import { scoresOf } from "../../../src/core/decide/scores.ts";
import { uniformOf } from "../../../src/core/math/random.ts";

describe("an id that the server made", () => {
  it("names the place of its line again", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,63}$/), fc.nat({ max: 2 ** 52 }), (policy, position) => {
        const place = { policy, stream: "0123abcd-1764000000000x2", position };
        expect(locate(decisionIdOf(place, "0123456789abcdef"))).toEqual(place);
      }),
    );
  });

  it("is not seen in ids of other forms", () => {
    for (const id of [
      "",
      "order-1",
      "home.s1.zz",
      "home.s1.zz.short",
      "Home.s1.zz.0123456789abcdef",
      "home.../..zz.0123456789abcdef",
    ]) {
      expect(locate(id)).toBeUndefined();
    }
  });
});

describe("the share of full lines", () => {
  const target = { fullLogShare: 1, bytesPerSecondMax: 1_000_000 };

  it("stays whole while the log keeps within its budget", () => {
    const share = new LogShare(target, 0);
    for (let now = 0; now < 5000; now += 10) {
      share.adapt(now);
      share.count({ thin: 1000, matrix: 5000 });
    }
    expect(share.share).toBe(1);
  });

  it("falls to what the budget leaves beside the thin lines, and rises again when the load goes", () => {
    const share = new LogShare(target, 0);
    for (let now = 0; now <= 3000; now++) {
      share.adapt(now);
      share.count({ thin: 500, matrix: 50_000 });
    }
    expect(share.share).toBeCloseTo(500_000 / 50_000_000, 2);
    for (let now = 3001; now <= 6000; now += 100) {
      share.adapt(now);
      share.count({ thin: 500, matrix: 5000 });
    }
    expect(share.share).toBe(1);
  });

  it("falls at once when a second passes its budget, and never to nothing", () => {
    const share = new LogShare(target, 0);
    share.count({ thin: 2_000_000, matrix: 1 });
    share.adapt(1);
    expect(share.share).toBe(SHARE_MIN);
  });

  it("is what the owner wants at most", () => {
    expect(new LogShare({ ...target, fullLogShare: 0 }, 0).share).toBe(0);
  });

  it("is drawn by a uniform of its own from the seed", () => {
    const seeds = Array.from({ length: 4000 }, (_, i) => (i * 2654435761).toString(16).padStart(64, "9f3c17")).map(
      scrambled,
    );
    const mean = seeds.reduce((sum, seed) => sum + passUniform(seed), 0) / seeds.length;
    expect(mean).toBeGreaterThan(0.48);
    expect(mean).toBeLessThan(0.52);
    const uniform = uniformOf(seeds[1]);
    for (let slot = 0; slot < 100; slot++) expect(uniform()).not.toBe(passUniform(seeds[1]));
  });
});

/** 64 hex digits that depend on the given ones. */
function scrambled(text: string): string {
  const uniform = uniformOf(text.slice(-64));
  return Array.from({ length: 64 }, () => Math.floor(uniform() * 16).toString(16)).join("");
}

describe("a memory of what came last", () => {
  it("holds at least the latest half of its bound and never more than the bound", () => {
    const recent = new Recent<number>(10);
    for (let i = 0; i < 1000; i++) {
      recent.set(`k${i}`, i);
      expect(recent.size).toBeLessThanOrEqual(10);
      for (let back = 0; back < Math.min(5, i + 1); back++) expect(recent.get(`k${i - back}`)).toBe(i - back);
    }
    expect(recent.get("k0")).toBeUndefined();
  });
});

describe("a model's output", () => {
  const of = (mean: number[], variance: number[]) =>
    scoresOf({ mean: Float32Array.from(mean), variance: Float32Array.from(variance) }, 2);

  it("becomes scores and square roots of variances", () => {
    expect(of([1, -2], [4, 0])).toEqual({ score: Float32Array.of(1, -2), uncertainty: Float32Array.of(2, 0) });
    expect(of([1, 2], [-1e-9, 1])?.uncertainty[0]).toBe(0);
  });

  it("is refused when any number is not finite, a variance negative or the length another", () => {
    for (const bad of [
      of([Number.NaN, 1], [1, 1]),
      of([1, Number.POSITIVE_INFINITY], [1, 1]),
      of([1, 1], [Number.NaN, 1]),
      of([1, 1], [1, Number.POSITIVE_INFINITY]),
      of([1, 1], [1, -0.1]),
      of([1], [1, 1]),
    ]) {
      expect(bad).toBeUndefined();
    }
  });
});
