import { describe, expect, it } from "vitest";
import { enumerateLists, marginalsOfLists } from "../../../src/core/explore/enumerate.ts";
import { explorerOf } from "../../../src/core/explore/explorers.ts";
import { plackettLuceMarginals, uniformJoint, uniformMarginal } from "../../../src/core/explore/marginals.ts";
import { plackettLuceLogits } from "../../../src/core/explore/plackettLuce.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import { scoresLike, scoresOf, seedNamed, shapes } from "../../conformance/explore/cases.ts";
import { listsOf } from "../../conformance/explore/definitions.ts";

/** P(item at slot) by the definition: the sum over all lists, each a product of softmaxes over the items left. */
function bruteForce(logits: readonly number[], k: number): number[][] {
  const n = logits.length;
  const marginal = Array.from({ length: k }, () => new Array<number>(n).fill(0));
  for (const list of listsOf(n, k)) {
    const joint = list.reduce((p, item, slot) => {
      const left = logits.filter((_, j) => !list.slice(0, slot).includes(j));
      return p / left.map((x) => Math.exp(x - logits[item])).reduce((a, b) => a + b, 0);
    }, 1);
    list.forEach((item, slot) => {
      marginal[slot][item] += joint;
    });
  }
  return marginal;
}

function worst(actual: readonly Float64Array[], expected: readonly ArrayLike<number>[]): number {
  return Math.max(...actual.flatMap((row, slot) => Array.from(row, (p, i) => Math.abs(p - expected[slot][i]))));
}

describe("marginals of Plackett–Luce", () => {
  it("equal the published example of three items and two slots", () => {
    const expected = [
      [0.09003057317038046, 0.2447284710547976, 0.6652409557748219],
      [0.20808319705135173, 0.5105430578904047, 0.28137374505824353],
    ];
    expect(worst(plackettLuceMarginals(Float64Array.of(0, 1, 2), 2), expected)).toBeLessThan(1e-12);
    expect(worst(plackettLuceMarginals(Float64Array.of(1000, 1001, 1002), 2), expected)).toBeLessThan(1e-12);
  });

  it.each([
    [[0, 0, 0, 0]],
    [[0, -1, -30, -31, -80]],
    [[0, -200, -200.5, -400, -700]],
    [[5, 4.9, 4.8, -20, -20.1, 3]],
    [[1, 2, 3, 4, 5, 6, 7]],
    [[0, 0.1, -40, -55, -70, -65, -90]],
  ])("equal the sum over all lists to 1e-12 for the logits %j", (logits) => {
    const k = Math.min(logits.length, 5);
    expect(worst(plackettLuceMarginals(Float64Array.from(logits), k), bruteForce(logits, k))).toBeLessThan(1e-12);
  });

  it("equal the enumeration of the served law at floor 0, for every shape of scores, n = 8", () => {
    const explorer = explorerOf("plackettLuce");
    const u = uniformOf(seedNamed("marginals"));
    for (const shape of shapes) {
      const scores = scoresLike(shape, 8, u);
      const law = { scores, explorer, parameters: explorer.defaults, floor: 0, slots: 4 };
      const race = plackettLuceMarginals(plackettLuceLogits(scores, explorer.defaults), 4);
      expect(worst(race, marginalsOfLists(enumerateLists(law), 8))).toBeLessThan(1e-12);
    }
  });

  it("sum to 1 over the items of a slot, and over the slots of an item when all are shown, n = 60", () => {
    const u = uniformOf(seedNamed("sixty"));
    const logits = Float64Array.from({ length: 60 }, () => 20 * u());
    const marginal = plackettLuceMarginals(logits, 60);
    for (const row of marginal) expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    for (let i = 0; i < 60; i++) expect(marginal.reduce((sum, row) => sum + row[i], 0)).toBeCloseTo(1, 12);
  });
});

describe("closed forms of the uniform ranking", () => {
  it("equal its enumeration", () => {
    const law = {
      scores: scoresOf([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 1]),
      explorer: explorerOf("uniform"),
      parameters: {},
      floor: 0,
      slots: 3,
    };
    const lists = enumerateLists(law);
    expect(lists.length).toBe(120);
    for (const { joint } of lists) expect(joint).toBeCloseTo(uniformJoint(6, 3), 14);
    for (const row of marginalsOfLists(lists, 6)) for (const p of row) expect(p).toBeCloseTo(uniformMarginal(6), 12);
  });
});
