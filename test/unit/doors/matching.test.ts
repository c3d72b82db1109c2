import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admissible } from "../../../src/core/doors/personalizer/matching.ts";

type Slots = readonly (readonly number[])[];

/** Every way there is, tried. */
function canFill([first, ...rest]: Slots, taken: ReadonlySet<number>): boolean {
  if (first === undefined) return true;
  return first.some((action) => !taken.has(action) && canFill(rest, new Set([...taken, action])));
}

const slot = fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 6 });

describe("actions that a slot may take", () => {
  it("are those after which every later slot can still be filled, as trying all ways finds", () => {
    const property = fc.property(slot, fc.array(slot, { maxLength: 5 }), (own, later) => {
      const expected = own.filter((action) => canFill(later, new Set([action])));
      expect(admissible(own, later)).toEqual(expected);
    });
    fc.assert(property, { numRuns: 2000, seed: 11 });
  });

  it("leave the only action of a later slot to it", () => {
    expect(admissible([0, 1, 2], [[1], [1, 2]])).toEqual([0]);
    expect(admissible([0, 1, 2], [[1], [1]])).toEqual([]);
  });
});
