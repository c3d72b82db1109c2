import { describe, expect, test } from "vitest";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { addRow, emptyBlock, mergeBlocks } from "../../../training/learner/blocks.ts";
import { loadLearner, saveLearner } from "../../../training/learner/codec.ts";
import { unitsOf } from "../../../training/learner/fourier.ts";
import { OWN_VARIANTS } from "../../../training/learner/itemBlocks.ts";
import { fullOrder, quantiseOwn } from "../../../training/learner/itemLayout.ts";
import { Learner } from "../../../training/learner/learner.ts";
import { driftOnline, emptyOnline } from "../../../training/learner/online.ts";
import { multiply, quadratic } from "../../../training/learner/packed.ts";
import { quantiseReward, UNIT } from "../../../training/learner/scale.ts";
import { mulberry32 } from "../../../training/simulate/labelled.ts";
import { ridge } from "./oracle.ts";
import { correctOf, learnOf, unlearnOf } from "./rows.ts";

const COLUMNS = ["item.rate|z", "request:context.x", "request:context.y"];
const CLASSES = 4;

/** One row a decision: the item shown of four, the request's two numbers, 1 where the item is that of the quadrant. */
function decisions(count: number, seed = 1) {
  const uniform = mulberry32(seed);
  return Array.from({ length: count }, () => {
    const [x, y] = [2 * uniform() - 1, 2 * uniform() - 1];
    const item = Math.floor(CLASSES * uniform());
    const right = (x > 0 ? 1 : 0) + (y > 0 ? 2 : 0);
    const learned = learnOf([{ x: [0, x, y], reward: item === right ? 1 : 0 }], 3);
    return { ...learned, items: [`c${item}`] };
  });
}

function taught(count: number): { learner: Learner; learned: ReturnType<typeof decisions> } {
  const learner = new Learner(COLUMNS);
  const learned = decisions(count);
  learned.forEach((operation, i) => {
    learner.add(operation, 10 * i);
    learner.add({ kind: OperationKind.close, decision: "d", learnedAt: 10 * i, rewards: [], at: 0 }, 10 * i + 1);
  });
  return { learner, learned };
}

describe("an item's own coefficients", () => {
  test.each(OWN_VARIANTS.slice(0, 2).map((name, index) => [name, index] as const))(
    "of the variant %s are ridge regression on its rows, as sums say and as the running posterior says",
    (_, variant) => {
      const { learner, learned } = taught(700);
      const { own } = learner;
      const layout = own.layout;
      if (layout === undefined) throw new Error("two columns of the request vary");
      const precision = own.precision(variant);
      const unit = own.scale.rewardUnit;
      for (const [id, item] of own.items) {
        const rows = learned
          .filter(({ items }) => items[0] === id)
          .map(({ dense, rewards }) => ({
            x: Array.from(quantiseOwn(dense, layout, own.scale).subarray(0, precision.length), (q) => q / UNIT),
            y: quantiseReward(rewards[0], unit) * unit,
          }));
        const expected = ridge(rows, [...precision]);
        const { weights } = own.solved(item, variant);
        for (let i = 0; i < precision.length; i++) {
          expect(Math.abs(weights[i] - expected[i])).toBeLessThan(1e-8);
          expect(Math.abs(item.online[variant].weights[i] - expected[i])).toBeLessThan(1e-8);
        }
      }
      const errors = [...own.items.values()].reduce((sum, item) => sum + own.solved(item, variant).errors, 0);
      expect(own.errors[variant]).toBeCloseTo(errors, 8);
    },
  );

  test("find what is not linear: the quadrant of a point, and are believed by their progressive loss", () => {
    const { learner } = taught(1_500);
    const { own, choice } = learner;
    expect(own.nameOf(choice.own)).toBe("fourier");
    const [linear, fourier] = choice.ownEvidence();
    expect(fourier.loss).toBeLessThan(0.8 * linear.loss);
    const f = own.read(Float32Array.of(0, 0.6, -0.6));
    const means = f && ["c0", "c1", "c2", "c3"].map((id) => own.predict(id, 1, f)?.mean ?? 0);
    expect(means?.indexOf(Math.max(...means))).toBe(1);
  });

  test("that fade keep the law of their prior, and what they knew halves in 4,096 rows of other items", () => {
    const precision = Float64Array.of(1, 10, 12.8);
    const untaught = emptyOnline(precision);
    driftOnline(untaught, precision, 0.3);
    emptyOnline(precision).covariance.forEach((value, k) => expect(untaught.covariance[k]).toBeCloseTo(value, 12));
    const { own } = taught(300).learner;
    const f = own.read(Float32Array.of(0, 0.6, 0.6));
    const before = f && own.predict("c3", 2, f);
    own.clock += 4_096;
    const after = f && own.predict("c3", 2, f);
    expect(after?.mean).toBeCloseTo(0.5 * (before?.mean ?? 0), 12);
    expect(after?.variance).toBeGreaterThan(before?.variance ?? 0);
  });

  test("that fade are published as they are predicted", () => {
    const { own } = taught(300).learner;
    const f = own.read(Float32Array.of(0, 0.3, -0.6)) ?? new Float64Array(0);
    own.clock += 100;
    for (const [id, item] of own.items) {
      const { weights, factor } = own.factored(item, 2);
      const mean = weights.reduce((sum, w, i) => sum + w * f[i], 0);
      const image = Float64Array.from(f, (_, j) => f.reduce((sum, x, i) => sum + x * factor[i * f.length + j], 0));
      const spread = image.reduce((sum, value) => sum + value * value, 0);
      expect(mean).toBeCloseTo(own.predict(id, 2, f)?.mean ?? Number.NaN, 10);
      expect(spread * own.sigma2(2)).toBeCloseTo(own.predict(id, 2, f)?.variance ?? Number.NaN, 10);
    }
  });

  test("are met with their prior where the item was never shown", () => {
    const { own } = taught(100).learner;
    const f = own.read(Float32Array.of(0, 0.1, 0.2));
    const known = f && own.predict("c0", 1, f);
    const fresh = f && own.predict("never", 1, f);
    expect(fresh?.mean).toBe(0);
    expect(fresh?.variance).toBeGreaterThan(3 * (known?.variance ?? Number.POSITIVE_INFINITY));
  });

  test("do not exist where no column of the request varies", () => {
    const learner = new Learner(["item.rate|z", "request:context.x"]);
    for (let i = 0; i < 200; i++) learner.add(learnOf([{ x: [i % 3, 7], reward: i % 2 }], 2), i);
    expect(learner.own.layout).toBeUndefined();
    expect(learner.choice.own).toBeUndefined();
    expect(learner.own.items.size).toBe(0);
  });
});

describe("sums of an item", () => {
  test("are the same for a reward that came late, and as if never there for a row that was not seen, bit for bit", () => {
    const [late, early] = [new Learner(COLUMNS), new Learner(COLUMNS)];
    decisions(300).forEach((operation, i) => {
      early.add(operation, 10 * i);
      late.add({ ...operation, rewards: [0] }, 10 * i);
      const change = { ...correctOf(operation, 10 * i, { row: 0, before: 0, after: operation.rewards[0] }) };
      if (operation.rewards[0] !== 0) late.add(change, 10 * i + 1);
    });
    const sumsOf = ({ own }: Learner) => [...own.items].map(([id, { sums }]) => [id, sums]);
    expect(sumsOf(late)).toEqual(sumsOf(early));
    for (const [id, { online }] of late.own.items) {
      const other = early.own.items.get(id)?.online[1].weights ?? [];
      online[1].weights.forEach((weight, i) => expect(Math.abs(weight - other[i])).toBeLessThan(1e-8));
    }
    const before = structuredClone(sumsOf(early));
    const [unseen] = decisions(1, 9);
    early.add(unseen, 5_000);
    early.add(unlearnOf(unseen, 5_000, { row: 0 }), 5_001);
    for (const [i, [, sums]] of sumsOf(early).entries()) {
      const { gram, moment, squares, n } = before[i][1] as typeof sums & object;
      expect(sums).toMatchObject({ gram, moment, squares, n });
    }
  });

  test("of two learners add up to those of one pass", () => {
    const { learner, learned } = taught(600);
    const layout = learner.own.layout;
    if (layout === undefined) throw new Error("two columns of the request vary");
    const order = fullOrder(layout);
    const part = (from: number, to: number) => {
      const block = emptyBlock(from, order);
      for (const { dense, rewards, items } of learned.slice(from, to)) {
        if (items[0] !== "c0") continue;
        const { scale } = learner.own;
        addRow(block, quantiseOwn(dense, layout, scale), quantiseReward(rewards[0], scale.rewardUnit), 1);
      }
      return block;
    };
    const { gram, moment, squares, n } = mergeBlocks(part(0, 250), part(250, 600));
    expect(learner.own.items.get("c0")?.sums).toMatchObject({ gram, moment, squares, n });
  });
});

test("a learner saved and loaded goes on bit for bit", () => {
  const learned = decisions(260);
  const [whole, first] = [new Learner(COLUMNS), new Learner(COLUMNS)];
  for (const [i, operation] of learned.entries()) whole.add(operation, 10 * i);
  for (const [i, operation] of learned.slice(0, 177).entries()) first.add(operation, 10 * i);
  const second = loadLearner(saveLearner({ learner: first, position: 1 })).learner;
  for (const [i, operation] of learned.slice(177).entries()) second.add(operation, 10 * (i + 177));
  expect(saveLearner({ learner: second, position: 1 })).toEqual(saveLearner({ learner: whole, position: 1 }));
});

test("packed symmetric products are those of the whole matrix", () => {
  const uniform = mulberry32(3);
  for (const n of [1, 2, 3, 4, 5, 8, 13]) {
    const whole = Array.from({ length: n }, () => new Array<number>(n).fill(0));
    const packed = new Float64Array((n * (n + 1)) / 2);
    for (let i = 0, k = 0; i < n; i++)
      for (let j = 0; j <= i; j++, k++) packed[k] = whole[i][j] = whole[j][i] = uniform();
    const f = Float64Array.from({ length: n }, uniform);
    const out = new Float64Array(n);
    multiply(packed, f, out);
    const expected = whole.map((row) => row.reduce((sum, value, j) => sum + value * f[j], 0));
    expected.forEach((value, i) => expect(out[i]).toBeCloseTo(value, 12));
    expect(quadratic(packed, f)).toBeCloseTo(
      expected.reduce((sum, value, i) => sum + value * f[i], 0),
      12,
    );
  }
});

describe("the units in which random features measure distance", () => {
  test("are one over an input's largest size, all together as if each had squares of one on average", () => {
    const rows = [Float64Array.of(1, 0), Float64Array.of(-1, 0), Float64Array.of(1, 0), Float64Array.of(-1, 4)];
    // Sizes 1 and 4, mean squares 1 and 4: in units of the sizes 1 and 1/4, which add up to 5/4 of the 2 wanted.
    const common = Math.sqrt(2 / 1.25);
    const units = unitsOf(rows, 2);
    expect(units[0]).toBeCloseTo(common, 12);
    expect(units[1]).toBeCloseTo(common / 4, 12);
  });

  test("are one where nothing was seen, and zero for an input that is always at its centre", () => {
    expect([...unitsOf([], 2)]).toEqual([1, 1]);
    const [still, moving] = unitsOf([Float64Array.of(0, 2), Float64Array.of(0, -2)], 2);
    expect(still).toBe(0);
    expect(moving).toBeCloseTo(Math.SQRT1_2, 12);
  });
});

test("items whose past has stopped being true begin again, and corrections of it change nothing", () => {
  const { learner, learned } = taught(600);
  const { own } = learner;
  const known = [...own.items.keys()];
  own.forget(10_000);
  expect([...own.items.keys()]).toEqual(known);
  const f = own.read(learned[0].dense) ?? new Float64Array(0);
  for (const id of known) expect(own.means(id, f)).toEqual(OWN_VARIANTS.map(() => 0));
  const before = own.sigma2(0);
  own.correct({ item: known[0], dense: learned[0].dense, reward: 0 }, 1, 10);
  expect(own.sigma2(0)).toBe(before);
  expect([...own.items.values()].every(({ born, sums }) => born === 10_000 && sums.n === 0)).toBe(true);
});
