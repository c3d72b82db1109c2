import { describe, expect, test } from "vitest";
import { CROSS_LOSSES, crossesOf, crossLayout, crossWidth } from "../../../src/core/model/crosses.ts";
import { scoreFamily } from "../../../src/core/model/own.ts";
import { addBlend, blended, emptyBlend } from "../../../training/learner/blend.ts";
import { loadLearner, saveLearner } from "../../../training/learner/codec.ts";
import { Crosses } from "../../../training/learner/crosses.ts";
import { familyParameters } from "../../../training/learner/family.ts";
import { Learner } from "../../../training/learner/learner.ts";
import { mulberry32 } from "../../../training/simulate/labelled.ts";
import { COLUMNS, rowsOf, story, taught, tell } from "./crossed.ts";

describe("crosses of strings", () => {
  const learner = taught();

  test("come into use where pairs decide, are published, and say at serving what the learner says", () => {
    expect(learner.choice.crossed).toBeDefined();
    const p = familyParameters(learner);
    expect(p.crosses?.loss).toBe(learner.choice.crossed);
    const { dense, n, columns, counts } = rowsOf(200, mulberry32(7));
    const layout = crossLayout(COLUMNS);
    if (layout === undefined || p.crosses === undefined) throw new Error("crosses were believed");
    const shared = scoreFamily({ linear: p.linear }, { dense, n, counts }).mean;
    const said = scoreFamily(p, { dense, n, counts }).mean;
    const crosses = crossesOf(layout, { dense, n, columns });
    const width = crossWidth(layout);
    const place = p.crosses.loss === "squared" ? 0 : 1;
    for (let i = 0; i < n; i++) {
      const row = crosses.subarray(i * width, (i + 1) * width);
      expect(said[i]).toBeCloseTo(learner.choice.crosses.mean(CROSS_LOSSES[place], row, shared[i]), 6);
    }
  });

  test("are the same, to the last bit, after being saved and loaded midway", () => {
    const decisions = story(3_000);
    const before = new Learner(COLUMNS);
    tell(before, decisions.slice(0, 1_234));
    const { learner: resumed } = loadLearner(saveLearner({ learner: before, position: 0 }));
    tell(resumed, decisions.slice(1_234), 1_234);
    const [a, b] = [learner, resumed].map((one) => saveLearner({ learner: one, position: 0 }));
    expect(Buffer.compare(a, b)).toBe(0);
  });

  test("stay out of use where the strings mean nothing", () => {
    const uniform = mulberry32(11);
    const other = new Learner(COLUMNS);
    const noise = story(3_000).map(({ learn, close }) => {
      const rewards = [uniform() < 0.3 ? 1 : 0];
      return { learn: { ...learn, rewards }, close: { ...close, rewards } };
    });
    tell(other, noise);
    expect(other.choice.crosses.tables.size).toBe(2);
    expect(other.choice.crossed).toBeUndefined();
    expect(familyParameters(other).crosses).toBeUndefined();
  });

  test("learn log-odds only while every reward is 0 or 1", () => {
    const crosses = new Crosses();
    crosses.learn(Int32Array.of(3), 0, 1);
    expect([...crosses.tables.keys()]).toEqual(["squared", "logistic"]);
    crosses.learn(Int32Array.of(3), 0, 0.5);
    expect([...crosses.tables.keys()]).toEqual(["squared"]);
    crosses.learn(Int32Array.of(3), 0, 1);
    expect([...crosses.tables.keys()]).toEqual(["squared"]);
  });

  test("learn a single cross by the closed form of one normal mean", () => {
    const crosses = new Crosses();
    for (let i = 0; i < 10; i++) crosses.learn(Int32Array.of(8), 0, 0);
    const table = () => crosses.save().get("squared");
    // Prior precision 5, one more a row; all rewards 0, so is the mean.
    expect(table()?.precision[7]).toBe(15);
    expect(table()?.weights[7]).toBe(0);
    crosses.learn(Int32Array.of(8), 0, 3);
    expect(table()?.weights[7]).toBeCloseTo(3 / 16, 6);
  });

  test("mean the same at any scale of the rewards", () => {
    const small = taught((value) => 3 * value);
    const large = taught((value) => 3072 * value);
    const row = Int32Array.from({ length: 6 }, (_, i) => i + 1);
    const a = small.choice.crosses.mean("squared", row, 0.5);
    const b = large.choice.crosses.mean("squared", row, 512);
    expect(b / 1024).toBeCloseTo(a, 4);
  });

  test("are hashed as a small case by hand: the item alone, then with each string of the request, nothing for what is missing", () => {
    const layout = { request: Int32Array.of(0, 1), item: Int32Array.of(2, 5) };
    const dense = Float32Array.of(0, 77, 99);
    const crosses = crossesOf(layout, { dense, n: 1, columns: 3 });
    expect([...crosses].map((c) => c !== 0)).toEqual([true, false, true, false, false, false]);
    const swapped = crossesOf({ request: Int32Array.of(2), item: Int32Array.of(1) }, { dense, n: 1, columns: 3 });
    expect(swapped[1]).not.toBe(crosses[2]);
  });
});

describe("a blend of two predictions", () => {
  test("finds the least squares of both, as a fit by hand does", () => {
    const blend = emptyBlend();
    const uniform = mulberry32(5);
    for (let i = 0; i < 4_000; i++) {
      const [shared, other] = [uniform(), uniform()];
      addBlend(blend, { shared, other, base: 0.5 }, 0.1 + 0.3 * shared + 0.6 * other);
    }
    // Less base: a = .1 + (.3 + .6 − 1) · .5 = .05. The prior, 32 rows, still draws a little.
    [0.05, 0.3, 0.6].forEach((weight, k) => expect(Math.abs(blend.weights[k] - weight)).toBeLessThan(0.03));
    expect(blended(blend, { shared: 0.5, other: 0.5, base: 0.5 })).toBeCloseTo(0.55, 1);
  });

  test("is the shared prediction before it has seen anything", () => {
    expect(blended(emptyBlend(), { shared: 0.7, other: 0.1, base: 0.2 })).toBeCloseTo(0.7, 12);
  });
});
