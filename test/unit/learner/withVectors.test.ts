import { expect, test } from "vitest";
import { loadLearner, saveLearner } from "../../../training/learner/codec.ts";
import { Learner } from "../../../training/learner/learner.ts";
import { posterior } from "../../../training/learner/solve.ts";
import { vectorsOf } from "../embed/values.ts";
import { learnAll, namesOf, randomDecisions } from "./rows.ts";

const COLUMNS = 3;
const variant = { halfLife: Number.POSITIVE_INFINITY, ridge: 10, withVectors: true } as const;

/** 9,000 rows, the first vectors behind `before` decisions of 10. */
function taught(before: number): { learner: Learner; first: Learner } {
  const decisions = randomDecisions({ decisions: 1_200, rows: 10, columns: COLUMNS });
  const [learner, first] = [new Learner(namesOf(COLUMNS)), new Learner(namesOf(COLUMNS))];
  for (const one of [learner, first]) learnAll(one, decisions.slice(0, before));
  learner.add(vectorsOf(), 100 + before);
  learnAll(learner, decisions.slice(before), 101 + before);
  return { learner, first };
}

function solved(learner: Learner) {
  const { order, rows: lastRow, vectorsFrom, scale } = learner;
  return posterior(learner.blocks, { order, lastRow, rewardUnit: scale.rewardUnit, variant, vectorsFrom });
}

test("sums of rows before the first vectors are dropped, to the bit: the rest is what is left without them", () => {
  // All epochs are over, so the scales of both learners agree.
  const { learner, first } = taught(1_000);
  const all = { order: learner.order, lastRow: learner.rows, rewardUnit: learner.scale.rewardUnit };
  const difference = (of: (block: Learner["blocks"][number]) => ArrayLike<number>) => {
    const total = (blocks: Learner["blocks"]) =>
      blocks.reduce<number[]>((sum, block) => Array.from(of(block), (x, k) => x + (sum[k] ?? 0)), []);
    const earlier = total(first.blocks);
    return total(learner.blocks).map((x, k) => x - earlier[k]);
  };
  const rest = {
    from: 0,
    to: 0,
    n: difference(({ n }) => [n])[0],
    lastRow: learner.rows,
    gram: Float64Array.from(difference(({ gram }) => gram)),
    moment: Float64Array.from(difference(({ moment }) => moment)),
    squares: difference(({ squares }) => [squares])[0],
  };
  const expected = posterior([rest], { ...all, variant: { ...variant, withVectors: undefined } });
  expect(rest.n).toBe(2_000);
  expect(solved(learner).rows).toBe(2_000);
  solved(learner).weights.forEach((weight, k) => expect(weight).toBeCloseTo(expected.weights[k], 12));
});

test("without vectors nothing is dropped", () => {
  const { first } = taught(1_000);
  expect(solved(first).rows).toBe(10_000);
});

test("later vectors drop nothing more, and an epoch that begins after the first ones keeps the boundary", () => {
  const { learner } = taught(300);
  learner.add(vectorsOf(2), 5_000);
  expect(learner.vectorsFrom).toBe(400);
  expect(solved(learner).rows).toBe(9_000);
  expect(learner.blocks.every(({ from, to }) => to < 400 || from > 400)).toBe(true);
});

test("a checkpoint remembers where the vectors began", () => {
  const { learner } = taught(1_000);
  const saved = saveLearner({ learner, position: 7 });
  expect(loadLearner(saved).learner.vectorsFrom).toBe(1_100);
  expect(saveLearner(loadLearner(saved))).toEqual(saved);
});
