import { describe, expect, it } from "vitest";
import { bag } from "../../../src/core/explore/bag.ts";
import { type Law, pmfOfSlot, replayDraw } from "../../../src/core/explore/draw.ts";
import { parametersOf } from "../../../src/core/explore/parameters.ts";
import { scoresOf, seedNamed } from "../../conformance/explore/cases.ts";

const scores = scoresOf([0.5, 0.4, 0.45, 0.5, 0.1], [0.2, 0.2, 0.3, 0.2, 0.4]);
const law: Law = { scores, explorer: bag, parameters: parametersOf(bag), floor: 0, slots: 3, seed: seedNamed("bag") };

describe("bag", () => {
  it("gives multiples of 1/bags, others for another seed, the same for the same", () => {
    const pmf = pmfOfSlot(law, []);
    for (const p of pmf) expect(Number.isInteger(16 * p)).toBe(true);
    expect(pmfOfSlot(law, [])).toEqual(pmf);
    expect(pmfOfSlot({ ...law, seed: seedNamed("another bag") }, [])).not.toEqual(pmf);
  });

  it("keeps the votes of bags whose favourite is still left when another item is taken", () => {
    const first = pmfOfSlot(law, []);
    const second = pmfOfSlot(law, [0]);
    for (let i = 1; i < 5; i++) expect(second[i]).toBeGreaterThanOrEqual(first[i]);
  });

  it("has no law without a seed", () => {
    expect(() => pmfOfSlot({ ...law, seed: undefined }, [])).toThrow(
      expect.objectContaining({ code: "CB_SEED_INVALID" }),
    );
  });

  it("refuses half a bag", () => {
    expect(() => parametersOf(bag, { bags: 1.5 })).toThrow(
      expect.objectContaining({ code: "CB_EXPLORER_PARAMETER_INVALID" }),
    );
  });

  it("is replayed with its bags from the fields of a log line", () => {
    const { scores: logged, parameters, floor, slots, seed = "" } = law;
    const replayed = replayDraw({ scores: logged, explorer: "bag", parameters, floor, slots, seed });
    replayed.pmf.forEach((pmf, slot) => {
      expect(pmf).toEqual(pmfOfSlot(law, replayed.slots.subarray(0, slot)));
    });
  });
});
