import { describe, expect, it } from "vitest";
import { InsightFold } from "../../../src/core/insight/fold.ts";
import { overviewOf } from "../../../src/core/insight/overview.ts";
import { weighted, weightsOf } from "../../../src/core/insight/weights.ts";
import { learned } from "./rows.ts";

/** Every ordered list of k from n items with its slot propensities under weights drawn without replacement. */
function lists(weights: readonly number[], k: number): { items: number[]; propensities: number[] }[] {
  if (k === 0) return [{ items: [], propensities: [] }];
  return lists(weights, k - 1).flatMap(({ items, propensities }) => {
    const left = weights.map((_, i) => i).filter((i) => !items.includes(i));
    const total = left.reduce((sum, i) => sum + weights[i], 0);
    return left.map((i) => ({ items: [...items, i], propensities: [...propensities, weights[i] / total] }));
  });
}

/** A reward that depends on the items above, as the cascade allows. */
function cascade(items: readonly number[]): number[] {
  return items.map((item, row) => (item + 1) * 0.1 + (row > 0 && items[row - 1] > item ? 0.05 : 0));
}

const product = (values: readonly number[]) => values.reduce((a, b) => a * b, 1);

describe("weights of list prefixes", () => {
  it("give, over every list that could be drawn, exactly what the uniform ranking would earn", () => {
    const all = lists([5, 1, 3, 0.5], 3);
    const uniform = lists([1, 1, 1, 1], 3);
    const truth = uniform.reduce((sum, { items }) => sum + weighted(cascade(items)) / uniform.length, 0);
    const estimate = all.reduce((sum, { items, propensities }) => {
      const rewards = cascade(items);
      const weights = weightsOf(learned({ candidates: 4, propensities, rewards }))?.uniform ?? [];
      return sum + product(propensities) * weighted(weights, rewards);
    }, 0);
    expect(estimate).toBeCloseTo(truth, 12);
  });

  it("give likewise what the caller's order would earn", () => {
    const all = lists([5, 1, 3, 0.5], 3);
    const truth = weighted(cascade([0, 1, 2]));
    const estimate = all.reduce((sum, { items, propensities }) => {
      const rewards = cascade(items);
      const places = items.map((item) => item + 1);
      const weights = weightsOf(learned({ candidates: 4, propensities, rewards, places }))?.caller ?? [];
      return sum + product(propensities) * weighted(weights, rewards);
    }, 0);
    expect(estimate).toBeCloseTo(truth, 12);
  });

  it("are all 1 where the log is uniform, so that both rates are one number", () => {
    const fold = new InsightFold();
    for (let i = 0; i < 100; i++) {
      const shown = { candidates: 3, propensities: [1 / 3, 1 / 2], rewards: [i % 2, 0] };
      fold.apply(learned({ ...shown, decision: `d${i}`, at: i * 1000 }));
    }
    const { served, uniform, now } = overviewOf(fold, { policy: "p", range: "all", partial: false, current: true });
    expect(uniform.mean).toBeCloseTo(0.5, 12);
    expect(served.mean).toBe(0.5);
    expect(uniform.effective).toBeCloseTo(100, 9);
    expect(now.entropy).toBeCloseTo(1, 12);
  });

  it("are refused where nobody drew, and where the floor is 0", () => {
    const row = { propensities: [1], rewards: [1] };
    expect(weightsOf(learned({ ...row, served: "baseline" }))).toBeUndefined();
    expect(weightsOf(learned({ ...row, floor: 0 }))).toBeUndefined();
  });

  it("take a pinned item as pinned under every policy", () => {
    expect(weightsOf(learned({ candidates: 4, propensities: [1, 1 / 3], rewards: [0, 0] }))?.uniform).toEqual([1, 1]);
  });
});
