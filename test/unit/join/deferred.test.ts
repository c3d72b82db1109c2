import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { RewardAggregation } from "../../../src/core/domain.ts";
import { addReward, aggregate, emptyTally } from "../../../src/core/join/aggregate.ts";
import { describeWithShared, sharedData } from "../../support/shared.ts";
import { Harness } from "./harness.ts";

test("of ten decisions, five deferred and two of those activated, seven are learned", () => {
  const h = new Harness();
  for (let i = 0; i < 10; i++) h.open(`d${i}`, i, { deferred: i < 5 });
  h.activate("d1", 50);
  h.activate("d3", 60);
  h.activate("d3", 61);
  h.activate("d7", 62);
  h.to(5000);
  expect(h.learned.map(({ decision }) => decision).sort()).toEqual(["d1", "d3", "d5", "d6", "d7", "d8", "d9"]);
  expect(h.join.counts).toMatchObject({ activations: 2, neverActivated: 3, closed: 10 });
  expect(h.closed.filter(({ learnedAt }) => learnedAt === undefined)).toHaveLength(3);
});

test("a deferred decision has no effect until it is activated; then its rewards so far count at once", () => {
  const h = new Harness();
  h.open("d", 0, { deferred: true });
  h.reward("d", 10, { item: "b" });
  h.to(500);
  expect(h.operations).toHaveLength(0);
  h.activate("d", 500);
  expect(h.operations).toMatchObject([{ item: "b", delta: 1 }]);
  h.to(600);
  expect(h.learned).toMatchObject([{ settledAt: 600, rewards: [0, 1, 0] }]);
});

test("a deferred decision activated just before its window ends is learned when it ends", () => {
  const h = new Harness();
  h.open("d", 0, { deferred: true });
  h.activate("d", 990);
  h.to(5000);
  expect(h.learned).toMatchObject([{ settledAt: 1000 }]);
  expect(h.closed).toMatchObject([{ at: 1000, learnedAt: 0 }]);
});

interface JoinedLine {
  readonly _label_cost: number;
  readonly _original_label_cost: number;
  readonly o: readonly { readonly v?: number; readonly ActionTaken: boolean }[];
}

function linesOf(name: string): JoinedLine[] {
  const lines = readFileSync(sharedData(`joined/${name}`), "utf8")
    .trim()
    .split("\n");
  return lines.map((line): JoinedLine => JSON.parse(line));
}

function rewardOf(line: JoinedLine, how: RewardAggregation): number {
  const tally = emptyTally();
  line.o.forEach(({ v }, at) => {
    if (v !== undefined) addReward(tally, v, at);
  });
  return aggregate(tally, how, 0);
}

const AVERAGE = "average_reward_100_interactions.json";
const DEFERRED = "cb_deferred_actions_w_activations_and_apprentice_10.json";

describeWithShared("logs that another platform joined", [`joined/${AVERAGE}`, `joined/${DEFERRED}`], () => {
  test("have the rewards that our mean gives, row by row", () => {
    const lines = linesOf(AVERAGE);
    expect(lines).toHaveLength(100);
    for (const line of lines) expect(Math.fround(-rewardOf(line, "mean"))).toBeCloseTo(line._label_cost, 6);
    const mean = lines.reduce((sum, line) => sum - rewardOf(line, "mean"), 0) / lines.length;
    expect(mean.toFixed(3)).toBe("-2.703");
  });

  test("have the rewards that our first gives, and as many lines as ours of deferred decisions", () => {
    const lines = linesOf(DEFERRED);
    expect(lines).toHaveLength(7);
    expect(lines.filter(({ o }) => o.some(({ ActionTaken }) => ActionTaken))).toHaveLength(2);
    for (const line of lines) expect(-rewardOf(line, "first")).toBeCloseTo(line._original_label_cost, 6);
  });
});
