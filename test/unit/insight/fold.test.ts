import { describe, expect, it } from "vitest";
import { InsightFold, OPEN_MAX } from "../../../src/core/insight/fold.ts";
import { overviewOf } from "../../../src/core/insight/overview.ts";
import { servedRate, weightedRate } from "../../../src/core/insight/rates.ts";
import { emptyTally } from "../../../src/core/insight/tally.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { corrected, learned, type Shown } from "./rows.ts";

const asked = { policy: "p", range: "all", partial: false, current: true } as const;

function folded(rows: readonly Shown[]): InsightFold {
  const fold = new InsightFold();
  rows.forEach((row, i) => fold.apply(learned({ decision: `d${i}`, at: 1e12 + i * 1000, ...row })));
  return fold;
}

describe("the fold behind the page", () => {
  const final = Array.from({ length: 60 }, (_, i) => ({
    ...{
      propensities: [0.4, 0.2],
      candidates: 5,
      variant: i % 3 === 0 ? "a" : "b",
      places: i % 2 === 0 ? [1, 2] : [2, 1],
    },
    rewards: [i % 2, i % 5 === 0 ? 2 : 0],
  }));

  it("ends at the same numbers whether rewards came before a decision settled or after", () => {
    const early = folded(final);
    const late = folded(final.map((row) => ({ ...row, rewards: [0, 0] })));
    final.forEach(({ rewards }, i) => {
      rewards.forEach((after, row) => {
        if (after !== 0) late.apply(corrected(`d${i}`, row, { before: 0, after }));
      });
    });
    expect(rounded(overviewOf(late, asked))).toEqual(rounded(overviewOf(early, asked)));
  });

  it("corrects nothing once a decision is closed", () => {
    const fold = folded(final.slice(0, 1));
    fold.apply({ kind: OperationKind.close, decision: "d0", rewards: [0, 2], at: 0 });
    fold.apply(corrected("d0", 0, { before: 0, after: 9 }));
    expect(fold.missed).toBe(1);
    expect(overviewOf(fold, asked).served.mean).toBe(2);
  });

  it("stays small however long the log is", () => {
    const fold = new InsightFold();
    for (let i = 0; i < 2 * OPEN_MAX; i++)
      fold.apply(learned({ decision: `d${i}`, at: i * 3_600_000, propensities: [0.5], rewards: [1] }));
    const overview = overviewOf(fold, asked);
    expect(fold.series.all.list().length).toBeLessThanOrEqual(240);
    expect(overview.points.length).toBeLessThanOrEqual(49);
    expect(overview.latest).toHaveLength(50);
    expect(overview.served).toMatchObject({ n: 2 * OPEN_MAX, mean: 1 });
    const points = overview.points.reduce((sum, { lists }) => sum + lists, 0);
    expect(points).toBe(2 * OPEN_MAX);
  });

  it("keeps old events that arrive after new ones", () => {
    const fold = folded([{ propensities: [0.5], rewards: [1] }]);
    fold.apply(learned({ decision: "old", at: 1e9, propensities: [0.5], rewards: [3] }));
    expect(overviewOf(fold, asked).served).toMatchObject({ n: 2, mean: 2 });
  });

  it("counts versions that took over, and floor hits", () => {
    const fold = folded([
      { propensities: [0.5], rewards: [0], modelVersion: 0 },
      { propensities: [0.5], rewards: [0], modelVersion: 1 },
      { propensities: [0.0015], rewards: [0], modelVersion: 1 },
    ]);
    const { points, now } = overviewOf(fold, asked);
    expect(points.reduce((sum, { swaps }) => sum + swaps, 0)).toBe(1);
    expect(now.floorShare).toBeCloseTo(1 / 3, 12);
  });

  it("tells how the join's counters grew, not what they were before it looked", () => {
    const fold = folded(final);
    fold.commit({ rewards: 100, danglingRewards: 40 }, 1e12 + 60_000);
    fold.commit({ rewards: 110, danglingRewards: 45 }, 1e12 + 61_000);
    expect(overviewOf(fold, asked).now).toMatchObject({ rewards: 10, joinRate: 0.5 });
  });
});

describe("rates", () => {
  it("have the interval of the textbook: 0.3 ± 1.96 · √(0.3 · 0.7 / 99) for 30 of 100", () => {
    const rate = servedRate({ ...emptyTally(), lists: 100, reward: 30, rewardSquares: 30 });
    expect(rate.low).toBeCloseTo(0.3 - 1.959964 * Math.sqrt(0.21 / 99), 6);
    expect(rate.high).toBeCloseTo(0.3 + 1.959964 * Math.sqrt(0.21 / 99), 6);
  });

  it("say nothing where the effective sample is too small", () => {
    const sums = { n: 1000, x: 50, m: 60, xx: 2500, xm: 3000, mm: 3600 };
    expect(weightedRate([{ sums, rows: 1 }], "")).toEqual({
      ...{ n: 1000, effective: 1 },
      refused: "too few lists like it in the log: effective sample 1 of 1000",
    });
  });

  it("rest on the variant that overlaps: one that does not cannot widen them", () => {
    const good = { n: 100, x: 50, m: 100, xx: 50, xm: 50, mm: 100 };
    const bad = { n: 1000, x: 900, m: 30, xx: 810_000, xm: 27_000, mm: 900 };
    const alone = weightedRate([{ sums: good, rows: 1 }], "");
    expect(
      weightedRate(
        [
          { sums: good, rows: 1 },
          { sums: bad, rows: 1 },
        ],
        "",
      ),
    ).toEqual({ ...alone, n: 1100 });
  });

  it("leave out a log whose weights are all small: the large ones have not come yet", () => {
    const sums = { n: 100, x: 10, m: 10, xx: 1, xm: 1, mm: 1 };
    expect(weightedRate([{ sums, rows: 1 }], "").mean).toBeUndefined();
  });
});

/** Sums in another order differ in their last bits. */
function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner) => (typeof inner === "number" ? Number(inner.toPrecision(9)) : inner)),
  );
}
