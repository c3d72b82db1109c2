import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draw, type Law, pmfOfSlot } from "../../../src/core/explore/draw.ts";
import { explorers } from "../../../src/core/explore/explorers.ts";
import type { Pin } from "../../../src/core/explore/pins.ts";
import { uniformOf } from "../../../src/core/math/random.ts";

const SEED = 20_260_101;
const SEED_HEX = "0123456789abcdef".repeat(4);
const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
const width = fc.float({ min: 0, noNaN: true, noDefaultInfinity: true });
const hex = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 });

const laws: fc.Arbitrary<Law> = fc
  .tuple(
    fc.constantFrom(...explorers),
    fc.array(fc.tuple(finite, width), { minLength: 1, maxLength: 30 }),
    fc.nat(30),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .chain(([explorer, items, slots, floor]) => {
    const k = Math.min(slots, items.length);
    const pins = fc
      .tuple(
        fc.uniqueArray(fc.nat(items.length - 1), { maxLength: 3 }),
        fc.uniqueArray(fc.integer({ min: 1, max: Math.max(1, k) }), { maxLength: 3 }),
      )
      .map(([chosen, positions]): Pin[] =>
        k === 0 ? [] : chosen.slice(0, positions.length).map((itemIndex, i) => ({ itemIndex, position: positions[i] })),
      );
    const scores = { score: Float32Array.from(items, ([m]) => m), uncertainty: Float32Array.from(items, ([, s]) => s) };
    return pins.map((some) => ({
      scores,
      explorer,
      parameters: explorer.defaults,
      floor,
      slots,
      pins: some,
      seed: SEED_HEX,
    }));
  });

describe("any draw", () => {
  it("is a list of distinct items whose propensities stand in pmfs that sum to 1, pins in place", () => {
    fc.assert(
      fc.property(laws, hex, (law, seed) => {
        const n = law.scores.score.length;
        const { slots, propensity } = draw({ ...law, uniform: uniformOf(seed) });
        expect(slots.length).toBe(Math.min(law.slots, n));
        expect(new Set(slots).size).toBe(slots.length);
        for (let slot = 0; slot < slots.length; slot++) {
          const pmf = pmfOfSlot(law, slots.subarray(0, slot));
          expect(Math.abs(pmf.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-12);
          expect(propensity[slot]).toBe(pmf[slots[slot]]);
          expect(propensity[slot]).toBeGreaterThan(0);
          expect(propensity[slot]).toBeLessThanOrEqual(1);
          for (let earlier = 0; earlier < slot; earlier++) expect(pmf[slots[earlier]]).toBe(0);
        }
        for (const { itemIndex, position } of law.pins ?? []) {
          expect(slots[position - 1]).toBe(itemIndex);
          expect(propensity[position - 1]).toBe(1);
        }
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it("turns a higher score into no lower a chance of the first slot", () => {
    fc.assert(
      fc.property(laws, fc.nat(), (law, pick) => {
        const { score, uncertainty } = law.scores;
        const i = pick % score.length;
        const raised = score.slice();
        raised[i] = Math.max(score[i], 0) + 1;
        fc.pre(raised[i] > score[i]);
        const bare = { ...law, pins: undefined };
        const same = uncertainty.map(() => uncertainty[i]);
        const before = pmfOfSlot({ ...bare, scores: { score, uncertainty: same } }, []);
        const after = pmfOfSlot({ ...bare, scores: { score: raised, uncertainty: same } }, []);
        expect(after[i]).toBeGreaterThanOrEqual(before[i] - 2 * (law.explorer.accuracy ?? 1e-12));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});
