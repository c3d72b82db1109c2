import { expect, test } from "vitest";
import { uniformOf } from "../../../src/core/math/random.ts";
import { addDisorder, COMPARED_ROWS_MAX } from "../../../training/learner/disorder.ts";

test("without ties in predictions and with two rewards it is one minus the area under the curve, by ranks", () => {
  const uniform = uniformOf("a".padStart(64, "0"));
  const rewards = Array.from({ length: 40 }, () => (uniform() < 0.3 ? 1 : 0));
  const predictions = Float32Array.from(rewards, (reward) => 0.5 * reward + uniform());
  const into = new Float64Array(1);
  expect(addDisorder(into, { rewards, predictions, stride: 1 }, 1)).toBe(true);
  // Mann and Whitney: the sum of the positives' ranks.
  const order = [...rewards.keys()].sort((a, b) => predictions[a] - predictions[b]);
  const positives = rewards.filter((reward) => reward === 1).length;
  let ranks = 0;
  order.forEach((row, rank) => {
    if (rewards[row] === 1) ranks += rank + 1;
  });
  const area = (ranks - (positives * (positives + 1)) / 2) / (positives * (40 - positives));
  expect(into[0]).toBeCloseTo(1 - area, 12);
});

test("pairs weigh by the difference of their rewards, equal predictions count half, unseen rows not at all", () => {
  const into = new Float64Array(2);
  // Pairs: (3, 1) weighs 2, (3, 0) 3, (1, 0) 1. Column 0 has 3 below both; column 1 has all equal.
  const predictions = Float32Array.of(0, 7, 2, 7, 1, 7, 9, 7);
  addDisorder(into, { rewards: [3, 1, 0, undefined], predictions, stride: 2 }, 6);
  expect(into[0]).toBeCloseTo((6 * 5) / 6, 12);
  expect(into[1]).toBeCloseTo(3, 12);
});

test("a list whose rewards are equal, or that has one row, tells nothing", () => {
  const into = new Float64Array(1);
  for (const rewards of [[1, 1], [1], [], [undefined, 2], [Number.NaN, 1]])
    expect(addDisorder(into, { rewards, predictions: Float32Array.of(1, 2), stride: 1 }, 1)).toBe(false);
  expect(into[0]).toBe(0);
});

test("only the first rows of a long list are compared", () => {
  const into = new Float64Array(1);
  const rewards = Array.from({ length: COMPARED_ROWS_MAX + 1 }, (_, i) => (i === COMPARED_ROWS_MAX ? 1 : 0));
  expect(addDisorder(into, { rewards, predictions: new Float32Array(rewards.length), stride: 1 }, 1)).toBe(false);
});
