/** What every explorer owes, whatever its law: run for each registered one by `explorer.test.ts`. */
import { describe, expect, it } from "vitest";
import { defaultFloor, draw, type Law, pmfOfSlot, replayDraw } from "../../../src/core/explore/draw.ts";
import { enumerateLists } from "../../../src/core/explore/enumerate.ts";
import type { Explorer, Scores } from "../../../src/core/explore/explorer.ts";
import { parametersOf } from "../../../src/core/explore/parameters.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import { scoresLike, scoresOf, seedNamed, shapes } from "./cases.ts";
import { type Definition, flooredPmf, listsOf } from "./definitions.ts";

const SEED = seedNamed("conformance");
/**
 * Means over 400 seeds of 16 bags are means of 6,400 independent numbers in [0, 1]: two of them differ by more than
 * .09 with probability below 4·e^(−2·6400·.045²) = 3e-11 (Hoeffding), 4e-9 for all that are compared here.
 */
const SEEDS = 400;
const SEEDED_TOLERANCE = 0.09;

export function explorerConformance(explorer: Explorer, definition: Definition): void {
  const parameters = parametersOf(explorer);
  const tolerance = explorer.accuracy ?? 1e-12;
  const expectClose = (actual: number, expected: number): void => {
    if (!(Math.abs(actual - expected) <= tolerance)) expect(actual).toBeCloseTo(expected, 12);
  };
  const lawOf = (scores: Scores, wanted: number, slots = scores.score.length): Law => {
    return { scores, explorer, parameters, floor: explorer.takesFloor ? wanted : 0, slots, seed: SEED };
  };
  const expectSame = (a: number, b: number): void => {
    if (explorer.seeded === true) expect(Math.abs(a - b)).toBeLessThanOrEqual(SEEDED_TOLERANCE);
    else expectClose(a, b);
  };

  describe(`explorer ${explorer.name}`, () => {
    it("has a range around the default of every parameter", () => {
      expect(Object.keys(explorer.ranges)).toEqual(Object.keys(explorer.defaults));
      expect(parametersOf(explorer, explorer.defaults)).toEqual(explorer.defaults);
    });

    it("gives weights that are 0 where taken, and their total, as a pure function of what is taken", () => {
      const u = uniformOf(seedNamed(`weights ${explorer.name}`));
      for (const shape of shapes) {
        const law = explorer.law(scoresLike(shape, 7, u), parameters, SEED);
        const taken = Uint8Array.of(0, 1, 0, 0, 1, 0, 0);
        const first = new Float64Array(7);
        const total = law.weigh(taken, 5, first);
        expect(total).toBeGreaterThanOrEqual(1e-200);
        expect(Math.abs(first.reduce((a, b) => a + b, 0) / total - 1)).toBeLessThan(1e-12);
        expect(first.every((w, i) => w >= 0 && (taken[i] === 0 || w === 0))).toBe(true);
        law.weigh(Uint8Array.of(1, 1, 1, 0, 1, 1, 1), 1, new Float64Array(7));
        const again = new Float64Array(7);
        expect(law.weigh(taken, 5, again)).toBe(total);
        expect(again).toEqual(first);
      }
    });

    it.each([0, 0.01])("agrees with its definition at every slot of every list, n ≤ 5, floor share %d", (share) => {
      const u = uniformOf(seedNamed(`definition ${explorer.name}`));
      for (const shape of shapes) {
        for (let n = 1; n <= 5; n++) {
          const law = lawOf(scoresLike(shape, n, u), share / n);
          let total = 0;
          const joints = new Map(enumerateLists(law).map(({ slots, joint }) => [slots.join(), joint]));
          for (const list of listsOf(n, n)) {
            let joint = 1;
            for (let slot = 0; slot < n; slot++) {
              const expected = flooredPmf(definition, law, list.slice(0, slot));
              const pmf = pmfOfSlot(law, list.slice(0, slot));
              for (let i = 0; i < n; i++) expectClose(pmf[i], expected[i]);
              joint *= expected[list[slot]];
            }
            expectClose(joints.get(list.join()) ?? 0, joint);
            total += joints.get(list.join()) ?? 0;
          }
          expectClose(total, 1);
        }
      }
    });

    it("has joint probabilities that sum to 1 and equal the definition's at n = 8, 3 slots", () => {
      const u = uniformOf(seedNamed(`eight ${explorer.name}`));
      for (const shape of shapes) {
        const law = lawOf(scoresLike(shape, 8, u), 0.01 / 8, 3);
        let total = 0;
        for (const { slots, joint } of enumerateLists(law)) {
          const product = slots.reduce(
            (p, item, slot) => p * flooredPmf(definition, law, slots.slice(0, slot))[item],
            1,
          );
          expectClose(joint, product);
          total += joint;
        }
        expectClose(total, 1);
      }
    });

    it("does not care in which order the candidates come", () => {
      const u = uniformOf(seedNamed(`order ${explorer.name}`));
      for (const shape of shapes) {
        const scores = scoresLike(shape, 9, u);
        const order = [4, 2, 8, 0, 6, 1, 3, 7, 5];
        const turned = scoresOf(
          order.map((i) => scores.score[i]),
          order.map((i) => scores.uncertainty[i]),
        );
        const pmf = meanPmf(lawOf(scores, 0.001), [order[0], order[3]]);
        const turnedPmf = meanPmf(lawOf(turned, 0.001), [0, 3]);
        order.forEach((item, place) => expectSame(turnedPmf[place], pmf[item]));
      }
    });

    it("does not change when a constant is added to every score", () => {
      const score = [0.5, 0.25, 1.75, 0, 1.5];
      const uncertainty = [0.5, 1, 0.125, 2, 0.25];
      const shifted = scoresOf(
        score.map((x) => x + 1024),
        uncertainty,
      );
      const pmf = pmfOfSlot(lawOf(scoresOf(score, uncertainty), 0), [1]);
      pmfOfSlot(lawOf(shifted, 0), [1]).forEach((p, i) => expectClose(p, pmf[i]));
    });

    it("treats equal items equally", () => {
      const pmf = meanPmf(lawOf(scoresOf([2, 3, 3, 1, 3], [1, 2, 2, 1, 2]), 0.002), [1]);
      expectSame(pmf[2], pmf[4]);
      const all = pmfOfSlot(lawOf(scoresOf([7, 7, 7], [0, 0, 0]), 0), []);
      all.forEach((p) => expectClose(p, 1 / 3));
    });

    it("gives a lone item propensity 1, and nothing for no slots", () => {
      for (const shape of shapes) {
        const scores = scoresLike(shape, 1, uniformOf(seedNamed("one")));
        const drawn = draw({ ...lawOf(scores, defaultFloor(1)), uniform: () => 0.999 });
        expect(Array.from(drawn.propensity)).toEqual([1]);
      }
      const none = draw({ ...lawOf(scoresOf([1, 2], [1, 1]), 0, 0), uniform: () => 0 });
      expect(none.slots.length).toBe(0);
    });

    it("keeps the floor for every item left and caps it at uniform, or takes none at all", () => {
      const u = uniformOf(seedNamed(`floor ${explorer.name}`));
      for (const shape of shapes) {
        const scores = scoresLike(shape, 6, u);
        if (!explorer.takesFloor) {
          expect(pmfOfSlot({ ...lawOf(scores, 0), floor: 0.1 }, [])).toEqual(pmfOfSlot(lawOf(scores, 0), []));
          continue;
        }
        const pmf = pmfOfSlot(lawOf(scores, 0.01), [2]);
        pmf.forEach((p, i) => {
          if (i !== 2) expect(p).toBeGreaterThanOrEqual(0.01);
        });
        pmfOfSlot(lawOf(scores, 5), []).forEach((p) => expectClose(p, 1 / 6));
      }
    });

    it("repeats 10,000 random decisions bit for bit from their seeds", () => {
      const u = uniformOf(seedNamed(`replay ${explorer.name}`));
      let faults = 0;
      for (let decision = 0; decision < 10_000; decision++) {
        const n = 1 + Math.floor(u() * 12);
        const scores = scoresLike(shapes[decision % shapes.length], n, u);
        const law = lawOf(scores, u() < 0.5 ? 0 : defaultFloor(n), 1 + Math.floor(u() * n));
        const seed = seedNamed(`${decision}`);
        const drawn = draw({ ...law, seed, uniform: uniformOf(seed) });
        const replayed = replayDraw({ ...law, explorer: explorer.name, seed });
        if (!isFaithful(drawn, replayed)) faults++;
      }
      expect(faults).toBe(0);
    });
  });
}

/** The pmf itself; of a seeded explorer, whose items are equal on average only, its mean over SEEDS seeds. */
function meanPmf(law: Law, earlier: readonly number[]): Float64Array {
  if (law.explorer.seeded !== true) return pmfOfSlot(law, earlier);
  const sum = new Float64Array(law.scores.score.length);
  for (let i = 0; i < SEEDS; i++) {
    pmfOfSlot({ ...law, seed: seedNamed(`mean ${i} of ${sum.length}`) }, earlier).forEach((p, item) => {
      sum[item] += p / SEEDS;
    });
  }
  return sum;
}

type Replayed = ReturnType<typeof replayDraw>;

/** Same list, same bits, distinct items, propensities in (0, 1] that stand in the pmf of their slot. */
function isFaithful(drawn: ReturnType<typeof draw>, replayed: Replayed): boolean {
  if (new Set(drawn.slots).size !== drawn.slots.length) return false;
  return drawn.slots.every((item, slot) => {
    const p = drawn.propensity[slot];
    return (
      item === replayed.slots[slot] &&
      p === replayed.propensity[slot] &&
      p === replayed.pmf[slot][item] &&
      p > 0 &&
      p <= 1
    );
  });
}
