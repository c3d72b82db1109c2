import { describe, expect, it } from "vitest";
import { alarmsOf, LIMITS } from "../../../src/core/insight/alarms.ts";
import { InsightFold } from "../../../src/core/insight/fold.ts";
import { overviewOf } from "../../../src/core/insight/overview.ts";
import { learned, type Shown } from "./rows.ts";

const NOW = 1e12;

/** n decisions of one kind in the last minutes, and the alarms they raise. */
function raised(n: number, shown: Partial<Shown>, facts: object = {}, counts?: Record<string, number>) {
  const fold = new InsightFold();
  for (let i = 0; i < n; i++) {
    fold.apply(
      learned({ decision: `d${i}`, at: NOW - 1000, candidates: 10, propensities: [0.1], rewards: [1], ...shown }),
    );
  }
  fold.commit({ rewards: 0, danglingRewards: 0 }, NOW - 500);
  fold.commit({ rewards: n, danglingRewards: 0, ...counts }, NOW);
  const overview = overviewOf(fold, { policy: "p", range: "recent", partial: false, current: true });
  const known = { now: NOW, mode: "online", modelVersion: 1, modelSince: NOW - 2000, ...facts };
  return alarmsOf(overview, known).flatMap(({ name, state }) => (state === "alarm" ? [name] : []));
}

describe("alarms", () => {
  it("are silent on a healthy policy", () => {
    expect(raised(300, {})).toEqual([]);
  });

  it("are silent while there is too little to say", () => {
    expect(raised(LIMITS.listsLeast - 1, { propensities: [0.999], floor: 0.9 })).toEqual([]);
  });

  it("ring when exploration has collapsed", () => {
    expect(raised(300, { propensities: [0.999] })).toEqual(["Entropy"]);
  });

  it("ring when the floor fills the slots", () => {
    expect(raised(300, { propensities: [0.0015] })).toEqual(["Floor hits"]);
  });

  it("ring when the log does not overlap with a uniform ranking", () => {
    const fold = new InsightFold();
    for (let i = 0; i < 1200; i++) {
      const propensities = i % 300 === 0 ? [0.0001] : [0.5];
      fold.apply(learned({ decision: `d${i}`, at: NOW, candidates: 10, floor: 0.00001, propensities, rewards: [1] }));
    }
    const overview = overviewOf(fold, { policy: "p", range: "recent", partial: false, current: true });
    const facts = { now: NOW, mode: "online", modelVersion: 1, modelSince: NOW };
    expect(alarmsOf(overview, facts).find(({ name }) => name === "Effective sample")?.state).toBe("alarm");
  });

  it("ring when rewards find no decision", () => {
    expect(raised(300, {}, {}, { danglingRewards: 30 })).toEqual(["Join rate"]);
  });

  it("ring when nothing comes back", () => {
    expect(raised(300, { rewards: [0] }, {}, { rewards: 0 })).toEqual(["Rewards"]);
  });

  it("ring when rows settle and no version follows", () => {
    expect(raised(300, {}, { modelSince: NOW - 100_000 })).toEqual(["Model age"]);
  });

  it("ring when jobs wait and nobody takes them up", () => {
    expect(raised(300, {}, { oldestJobMs: 61_000 })).toEqual(["Queue"]);
  });
});
