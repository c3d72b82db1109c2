import { describe, expect, it } from "vitest";
import { draw, type Law, pmfOfSlot, replayDraw } from "../../../src/core/explore/draw.ts";
import { explorerOf } from "../../../src/core/explore/explorers.ts";
import { parametersOf } from "../../../src/core/explore/parameters.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import { scoresOf, seedNamed } from "../../conformance/explore/cases.ts";

const explorer = explorerOf("plackettLuce");
const parameters = parametersOf(explorer);
const law: Law = { scores: scoresOf([3, 1, 2, 0, 4], [1, 1, 1, 1, 1]), explorer, parameters, floor: 0.002, slots: 4 };

describe("a draw", () => {
  it("gives pinned slots propensity 1 and keeps pinned items from other slots", () => {
    const pins = [{ itemIndex: 3, position: 2 }];
    for (let i = 0; i < 200; i++) {
      const seed = seedNamed(`pin ${i}`);
      const drawn = draw({ ...law, pins, uniform: uniformOf(seed) });
      expect(drawn.slots[1]).toBe(3);
      expect(drawn.propensity[1]).toBe(1);
      expect(new Set(drawn.slots).size).toBe(4);
      const replayed = replayDraw({ ...law, explorer: "plackettLuce", pins, seed });
      expect(replayed.slots).toEqual(drawn.slots);
      expect(Array.from(replayed.pmf[1])).toEqual([0, 0, 0, 1, 0]);
      expect(replayed.pmf[0][3]).toBe(0);
      expect(pmfOfSlot({ ...law, pins }, drawn.slots.slice(0, 2))).toEqual(replayed.pmf[2]);
    }
  });

  it.each([
    [[{ itemIndex: 0, position: 0 }]],
    [[{ itemIndex: 0, position: 5 }]],
    [[{ itemIndex: 5, position: 1 }]],
    [[{ itemIndex: -1, position: 1 }]],
    [
      [
        { itemIndex: 0, position: 1 },
        { itemIndex: 1, position: 1 },
      ],
    ],
    [
      [
        { itemIndex: 0, position: 1 },
        { itemIndex: 0, position: 2 },
      ],
    ],
  ])("refuses the pins %j", (pins) => {
    expect(() => draw({ ...law, pins, uniform: () => 0 })).toThrow(
      expect.objectContaining({ code: "CB_PINS_INVALID" }),
    );
  });

  it("never takes an item of probability 0, at either end of the uniform", () => {
    const greedy = explorerOf("greedy");
    for (const u of [0, 0.5, 1 - 2 ** -53]) {
      const drawn = draw({ ...law, explorer: greedy, parameters: {}, floor: 0, uniform: () => u });
      expect(Array.from(drawn.slots)).toEqual([4, 0, 2, 1]);
      expect(Array.from(drawn.propensity)).toEqual([1, 1, 1, 1]);
    }
  });

  it("takes one uniform a slot that is not pinned", () => {
    let calls = 0;
    const uniform = (): number => {
      calls++;
      return 0.5;
    };
    draw({ ...law, slots: 5, pins: [{ itemIndex: 1, position: 3 }], uniform });
    expect(calls).toBe(4);
  });

  it("keeps exact conditionals when the leaders have made every other weight vanish", () => {
    const scores = scoresOf([1e6, 1e6, 1, 1, 0], [1e-3, 1e-3, 1e-3, 1e-3, 1e-3]);
    const pmf = pmfOfSlot({ ...law, scores, floor: 0 }, [0, 1]);
    expect(Array.from(pmf)).toEqual([0, 0, 0.5, 0.5, 0]);
  });

  it("takes the widest of equal leaders for the temperature", () => {
    const scores = scoresOf([1, 0.25, 0], [0, 1, 0]);
    const pmf = pmfOfSlot({ ...law, scores, floor: 0 }, []);
    const weights = [1, 1, Math.exp(-1 / 0.2)];
    const total = weights[0] + weights[1] + weights[2];
    weights.forEach((w, i) => expect(pmf[i]).toBeCloseTo(w / total, 12));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("refuses the score %d instead of drawing from it", (bad) => {
    const scores = scoresOf([1, bad, 2], [1, 1, 1]);
    expect(() => draw({ ...law, scores, uniform: () => 0.9 })).toThrow(
      expect.objectContaining({ code: "CB_SCORES_NOT_FINITE" }),
    );
  });

  it.each([-0.1, Number.NaN])("refuses the floor %d", (floor) => {
    expect(() => draw({ ...law, floor, uniform: () => 0 })).toThrow(
      expect.objectContaining({ code: "CB_FLOOR_INVALID" }),
    );
  });
});

describe("explorers by name", () => {
  it("lists the known ones for an unknown name", () => {
    expect(() => explorerOf("best")).toThrow(
      expect.objectContaining({
        code: "CB_EXPLORER_UNKNOWN",
        hint: expect.stringContaining("plackettLuce, thompson"),
      }),
    );
  });

  it.each([
    ["kapa", 1],
    ["kappa", -1],
    ["theta", Number.NaN],
    ["tauMin", 0],
    ["toString", 1],
  ])("refuses the parameter %s: %d", (name, value) => {
    expect(() => parametersOf(explorer, { [name]: value })).toThrow(
      expect.objectContaining({ code: "CB_EXPLORER_PARAMETER_INVALID" }),
    );
  });

  it("completes overrides with defaults", () => {
    expect(parametersOf(explorer, { kappa: 1 })).toEqual({ kappa: 1, theta: 0.2, tauMin: 1e-6 });
  });
});
