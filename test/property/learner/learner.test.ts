import fc from "fast-check";
import { expect, test } from "vitest";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { addRow, emptyBlock, mergeBlocks } from "../../../training/learner/blocks.ts";
import { loadLearner, saveLearner } from "../../../training/learner/codec.ts";
import { Learner } from "../../../training/learner/learner.ts";
import { quantise, quantiseReward } from "../../../training/learner/scale.ts";
import { correctOf, learnOf, namesOf, type Row, unlearnOf } from "../../unit/learner/rows.ts";

const COLUMNS = 3;
const number = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -5, max: 5, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1e38, -1e38, 1e-45, -3e-40, 3.4e38) },
);
const row: fc.Arbitrary<Row> = fc.record({
  x: fc.tuple(number, number, number),
  reward: fc.constantFrom(0, 0, 0, 1, 1, 2, -1, 0.5),
});

interface Step {
  readonly rows: readonly Row[];
  /** What happens afterwards to a row of an earlier decision: which one, and its new reward; none: it was not seen. */
  readonly changes: readonly { readonly decision: number; readonly row: number; readonly reward: number | undefined }[];
}
const step: fc.Arbitrary<Step> = fc.record({
  rows: fc.array(row, { minLength: 1, maxLength: 12 }),
  changes: fc.array(
    fc.record({
      decision: fc.nat(),
      row: fc.nat(),
      reward: fc.option(fc.constantFrom(0, 1, 3), { nil: undefined, freq: 2 }),
    }),
    { maxLength: 3 },
  ),
});
const history = fc.array(step, { minLength: 1, maxLength: 100, size: "max" });

/** Plays the history; answers the rows that are left, with their last rewards. `between` sees the learner at each step. */
function play(steps: readonly Step[], between: (learner: Learner, i: number) => Learner = (learner) => learner) {
  let learner = new Learner(namesOf(COLUMNS));
  const kept: { dense: Float32Array; reward: number }[][] = [];
  const gone = new Set<string>();
  const operations = steps.map(({ rows }) => learnOf(rows, COLUMNS));
  steps.forEach(({ rows, changes }, i) => {
    learner.add(operations[i], 10 * i);
    kept.push(rows.map(({ x, reward }) => ({ dense: Float32Array.from(x), reward })));
    for (const [k, change] of changes.entries()) {
      const decision = change.decision % (i + 1);
      const at = change.row % kept[decision].length;
      if (gone.has(`${decision} ${at}`)) continue;
      const before = kept[decision][at].reward;
      if (change.reward === undefined) {
        learner.add(unlearnOf(operations[decision], 10 * decision, { row: at, before }), 10 * i + k);
        gone.add(`${decision} ${at}`);
      } else {
        learner.add(
          correctOf(operations[decision], 10 * decision, { row: at, before, after: change.reward }),
          10 * i + k,
        );
        kept[decision][at].reward = change.reward;
      }
    }
    if (i >= 3)
      learner.add(
        { kind: OperationKind.close, decision: "d", learnedAt: 10 * (i - 3), rewards: [], at: 0 },
        10 * i + 9,
      );
    learner = between(learner, i);
  });
  const left = kept.flatMap((rows, decision) => rows.filter((_, at) => !gone.has(`${decision} ${at}`)));
  return { learner, left };
}

test("whatever was corrected or taken back, the sums are those of the rows left with their last rewards, bit for bit", () => {
  fc.assert(
    fc.property(history, (steps) => {
      const { learner, left } = play(steps);
      const { scale } = learner;
      const expected = emptyBlock(0, COLUMNS + 1);
      const q = new Float64Array(COLUMNS + 1);
      for (const { dense, reward } of left) {
        quantise(dense, scale, q);
        addRow(expected, q, quantiseReward(reward, scale.rewardUnit), 1);
      }
      const { gram, moment, squares, n } = learner.blocks.reduce(mergeBlocks);
      expect(n).toBe(left.length);
      expect(squares).toBe(expected.squares);
      // −0 is the same sum as 0.
      expect(gram.map((sum) => sum + 0)).toEqual(expected.gram.map((sum) => sum + 0));
      expect(moment.map((sum) => sum + 0)).toEqual(expected.moment.map((sum) => sum + 0));
    }),
    { numRuns: 60 },
  );
});

test("the posterior is finite for any rows", () => {
  fc.assert(
    fc.property(history, (steps) => {
      const { weights, sigma2, inverse } = play(steps).learner.value();
      expect([...weights, ...inverse].every(Number.isFinite)).toBe(true);
      expect(sigma2).toBeGreaterThan(0);
      expect(Number.isFinite(sigma2)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("a learner saved and loaded anywhere goes on bit for bit", () => {
  fc.assert(
    fc.property(history, fc.nat(), (steps, cut) => {
      const resumed = play(steps, (learner, i) =>
        i === cut % steps.length ? loadLearner(saveLearner({ learner, position: 1 })).learner : learner,
      );
      const bytes = (learner: Learner) => Buffer.from(saveLearner({ learner, position: 1 })).toString("base64");
      expect(bytes(resumed.learner)).toBe(bytes(play(steps).learner));
    }),
    { numRuns: 40 },
  );
});
