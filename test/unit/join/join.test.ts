import { describe, expect, test } from "vitest";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { Harness } from "./harness.ts";

const { positive, learn, correct, unlearn, close } = OperationKind;

describe("a decision", () => {
  test("is learned when it settles, with the rewards so far, and closes when its window ends", () => {
    const h = new Harness();
    h.open("d", 0);
    h.reward("d", 50, { item: "b", value: 2 });
    h.to(99);
    expect(h.learned).toHaveLength(0);
    h.to(100);
    expect(h.learned).toMatchObject([
      { decision: "d", settledAt: 100, items: ["a", "b", "c"], positions: [1, 2, 3], rewards: [0, 2, 0] },
    ]);
    expect([...h.learned[0].dense]).toEqual([0, 1, 1, 1, 2, 1]);
    h.to(999);
    expect(h.closed).toHaveLength(0);
    h.to(1000);
    expect(h.closed).toMatchObject([{ decision: "d", at: 1000, learnedAt: 1, rewards: [0, 2, 0] }]);
    expect(h.operations.map(({ kind }) => kind)).toEqual([positive, learn, close]);
  });

  test("with an id that is open or has just closed is ignored", () => {
    const h = new Harness();
    h.open("d", 0);
    h.open("d", 10);
    h.to(1000);
    h.open("d", 1001);
    h.to(1500);
    expect(h.join.counts.duplicateDecisions).toBe(2);
    expect(h.learned).toHaveLength(1);
  });

  test("over the bound of pending ones closes early with what is known", () => {
    const h = new Harness({}, { pendingDecisionsMax: 2 });
    h.open("1", 0);
    h.reward("1", 5);
    h.open("2", 10);
    h.open("3", 20);
    expect(h.learned).toMatchObject([{ decision: "1", rewards: [1, 0, 0] }]);
    expect(h.closed).toMatchObject([{ decision: "1", at: 20 }]);
    expect(h.join.counts.evicted).toBe(1);
    h.to(5000);
    expect(h.closed.map(({ decision }) => decision)).toEqual(["1", "2", "3"]);
  });

  test("that settles and closes at one time settles first", () => {
    const h = new Harness({ settleMs: 1000 });
    h.open("d", 0);
    h.to(5000);
    expect(h.operations.map(({ kind }) => kind)).toEqual([learn, close]);
  });

  test("closes in its time even after the window was made shorter", () => {
    const h = new Harness({ rewardWindowMs: 100_000 });
    h.open("old", 0);
    h.join.settings = { ...h.join.settings, rewardWindowMs: 1000 };
    h.open("new", 10);
    h.to(1010);
    expect(h.closed).toMatchObject([{ decision: "new", at: 1010 }]);
  });

  test("of a stream a little behind another settles in its time", () => {
    const h = new Harness();
    h.join.open(opened("ahead", 200), "live", 200);
    h.join.open(opened("behind", 150), "live", 150);
    h.to(250);
    expect(h.learned.map(({ decision }) => decision)).toEqual(["behind"]);
  });
});

function opened(id: string, at: number) {
  const shown = { items: ["a"], columns: 1, dense: new Float32Array(1), segments: [] };
  return { id, served: "model", variant: "stable", modelVersion: 1, deferred: false, ...shown, at } as const;
}

describe("a reward", () => {
  test("without an item goes to the first position", () => {
    const h = new Harness();
    h.open("d", 0);
    h.reward("d", 1);
    expect(h.of(positive)).toMatchObject([{ item: "a", reward: 1, delta: 1, settled: false }]);
  });

  test("after the settling is a correction of its row", () => {
    const h = new Harness();
    h.open("d", 0);
    h.reward("d", 20, { item: "c", value: 3 });
    h.reward("d", 200, { item: "c", value: 4 });
    expect(h.of(positive)).toMatchObject([
      { delta: 3, settled: false },
      { reward: 7, delta: 4, settled: true },
    ]);
    expect(h.of(correct)).toMatchObject([{ decision: "d", item: "c", before: 3, after: 7, learnedAt: 1, row: 2 }]);
    expect([...h.of(correct)[0].dense]).toEqual([2, 1]);
  });

  test("is late by event times alone", () => {
    const h = new Harness({ settleMs: 10_000_000, rewardWindowMs: 1000 });
    h.open("d", 0);
    h.join.reward({ decision: "d", value: 1, at: 1000 }, "live", 5);
    h.join.reward({ decision: "d", value: 5, at: 1001 }, "live", 5);
    h.to(1999);
    h.join.reward({ decision: "d", value: 1, at: 10 }, "live", 1500);
    expect(h.join.counts.lateRewards).toBe(2);
    expect(h.closed[0].rewards).toEqual([1, 0, 0]);
  });

  test("with an id that came before changes nothing, whatever else it says", () => {
    const h = new Harness();
    h.open("d", 0);
    h.reward("d", 1, { rewardId: "r" });
    h.reward("d", 2, { rewardId: "r", value: 9 });
    h.reward("d", 1999, { rewardId: "r" });
    h.open("e", 1999);
    h.reward("e", 2000, { rewardId: "r" });
    expect(h.join.counts.duplicateRewards).toBe(2);
    expect(h.closed[0].rewards).toEqual([1, 0, 0]);
    expect(h.of(positive)).toHaveLength(2);
  });

  test("that overtakes its decision waits for it", () => {
    const h = new Harness();
    h.reward("d", 0, { item: "b" });
    h.reward("d", 1, { item: "b" });
    expect(h.operations).toHaveLength(0);
    h.open("d", 2);
    h.to(102);
    expect(h.learned[0].rewards).toEqual([0, 2, 0]);
    expect(h.join.counts.danglingRewards).toBe(0);
  });

  test("for a decision that never comes is dangling when the window has passed", () => {
    const h = new Harness();
    h.reward("none", 0);
    h.reward("none", 1);
    h.to(999);
    expect(h.join.counts.danglingRewards).toBe(0);
    h.to(1000);
    expect(h.join.counts.danglingRewards).toBe(2);
    expect(h.join.orphans.size).toBe(0);
  });

  test("for an item that was not shown is counted as such", () => {
    const h = new Harness();
    h.open("d", 0);
    h.reward("d", 1, { item: "z" });
    expect(h.join.counts.notShownRewards).toBe(1);
    expect(h.of(positive)).toHaveLength(0);
  });

  test("is mapped by its type; a type with factor 0 is ignored", () => {
    const h = new Harness({ rewards: { "*": 2, buy: 10, view: 0 } });
    h.open("d", 0);
    h.reward("d", 1, { type: "buy" });
    h.reward("d", 2, { type: "view" });
    h.reward("d", 3, { type: "other" });
    h.reward("d", 4);
    h.to(5000);
    expect(h.join.counts.ignoredRewards).toBe(1);
    expect(h.closed[0].rewards).toEqual([14, 0, 0]);
  });

  test.each(["constructor", "toString", "__proto__", "hasOwnProperty"])(
    "of a type called %s counts like any other",
    (type) => {
      const h = new Harness();
      h.open("d", 0);
      h.reward("d", 1, { type });
      h.to(5000);
      expect(h.closed[0].rewards).toEqual([1, 0, 0]);
    },
  );

  test.each([Number.POSITIVE_INFINITY, Number.NaN, 1e300])("of %d leaves the sums finite", (value) => {
    const h = new Harness({ rewards: { "*": 1e9 } });
    h.open("d", 0);
    h.reward("d", 1, { value: 1e-9 });
    h.reward("d", 1, { value });
    h.to(5000);
    expect(h.closed[0].rewards).toEqual([1, 0, 0]);
    expect(h.join.counts.ignoredRewards).toBe(1);
  });
});

describe("several rewards of a row", () => {
  const values = [
    { at: 30, value: 2 },
    { at: 20, value: 5 },
    { at: 40, value: -1 },
  ];
  test.each([
    ["sum", 6],
    ["first", 5],
    ["max", 5],
    ["mean", 2],
  ] as const)("become one by %s", (rewardAggregation, expected) => {
    const h = new Harness({ rewardAggregation });
    h.open("d", 0);
    for (const reward of values) h.reward("d", reward.at, { ...reward, item: "b", now: 50 });
    h.to(5000);
    expect(h.closed[0].rewards).toEqual([0, expected, 0]);
  });

  test("replace the default", () => {
    const h = new Harness({ defaultReward: -1 });
    h.open("d", 0);
    h.reward("d", 1, { item: "b", value: 0 });
    h.to(5000);
    expect(h.learned).toMatchObject([{ base: -1, rewards: [-1, 0, -1] }]);
    expect(h.of(positive)).toMatchObject([{ item: "b", delta: 1, reward: 0 }]);
  });
});

describe("viewedThrough", () => {
  test("before the settling keeps the rows below it out", () => {
    const h = new Harness();
    h.open("d", 0, { rows: 5 });
    h.reward("d", 10, { item: "b", viewedThrough: 2 });
    h.to(5000);
    expect(h.learned).toMatchObject([{ items: ["a", "b"], rewards: [0, 1], positions: [1, 2] }]);
    expect(h.learned[0].dense).toHaveLength(4);
    expect(h.of(unlearn)).toHaveLength(0);
    expect(h.join.counts.rowsLearned).toBe(2);
  });

  test("after the settling takes each row below it out once", () => {
    const h = new Harness();
    h.open("d", 0, { rows: 5 });
    h.reward("d", 200, { item: "a", viewedThrough: 3 });
    h.reward("d", 300, { item: "a", viewedThrough: 2 });
    expect(h.of(unlearn)).toMatchObject([
      { item: "d", row: 3, before: 0 },
      { item: "e", row: 4, before: 0 },
      { item: "c", row: 2, before: 0 },
    ]);
    expect([...h.known()]).toEqual([
      ["d a", 2],
      ["d b", 0],
    ]);
  });

  test("after a correction takes the row out with its corrected reward", () => {
    const h = new Harness();
    h.open("d", 0);
    h.reward("d", 200, { item: "c", value: 4 });
    h.reward("d", 300, { item: "a", value: 0, viewedThrough: 1 });
    expect(h.of(unlearn)).toMatchObject([
      { item: "b", before: 0 },
      { item: "c", before: 4 },
    ]);
  });

  test("of zero learns nothing of the decision", () => {
    const h = new Harness();
    h.open("d", 0);
    h.reward("d", 10, { value: 0, viewedThrough: 0 });
    h.to(5000);
    expect(h.learned).toMatchObject([{ items: [], rewards: [] }]);
    expect(h.closed).toHaveLength(1);
  });
});

describe("the latest decision of a subject that showed an item", () => {
  test("is found while its window is open", () => {
    const h = new Harness();
    h.open("1", 0, { subject: "s", rows: 3 });
    h.open("2", 10, { subject: "s", rows: 1 });
    h.open("3", 20, { subject: "t", rows: 3 });
    expect(h.join.latestShowing("s", "a")).toBe("2");
    expect(h.join.latestShowing("s", "c")).toBe("1");
    expect(h.join.latestShowing("s", "z")).toBeUndefined();
    h.to(5000);
    expect(h.join.latestShowing("s", "a")).toBeUndefined();
    expect(h.join.bySubject.size).toBe(0);
  });
});

test("over the bound of waiting rewards the decision waited for longest is given up, and its rewards are dangling", () => {
  const h = new Harness({}, { waitingRewardsMax: 3 });
  h.reward("first", 0);
  h.reward("first", 1);
  h.reward("second", 2);
  expect(h.join.counts).toMatchObject({ danglingRewards: 0, forgottenEarly: 0 });
  h.reward("third", 3);
  expect(h.join.counts).toMatchObject({ danglingRewards: 2, forgottenEarly: 1 });
  expect([...h.join.orphans.keys()]).toEqual(["second", "third"]);
  h.open("second", 4);
  h.to(104);
  expect(h.learned[0].rewards).toEqual([1, 0, 0]);
  for (let i = 0; i < 1000; i++) h.reward(`never ${i}`, 105);
  expect(h.join.waiting).toBe(3);
  h.to(10_000);
  expect(h.join.waiting).toBe(0);
  expect(h.join.counts.danglingRewards).toBe(2 + 1 + 1000);
});

test("over the bound of remembered ids the oldest are forgotten first", () => {
  const h = new Harness({}, { rememberedIdsMax: 10 });
  h.open("d", 0);
  for (let i = 0; i < 15; i++) h.reward("d", 1, { rewardId: `r${i}` });
  expect(h.join.rewardIds.size).toBe(10);
  h.reward("d", 2, { rewardId: "r14" });
  expect(h.join.counts).toMatchObject({ duplicateRewards: 1, forgottenEarly: 5 });
  for (let i = 0; i < 15; i++) h.open(`closes ${i}`, 3);
  h.to(1003);
  expect(h.join.closed.size).toBe(10);
  h.reward("closes 14", 1003);
  expect(h.join.counts.lateRewards).toBe(1);
});

test("when everything has passed nothing is kept", () => {
  const h = new Harness();
  for (let i = 0; i < 50; i++) {
    h.open(`d${i}`, i * 10, { subject: `s${i % 3}` });
    h.reward(`d${i}`, i * 10 + 1, { rewardId: "r" });
    h.reward(`orphan${i}`, i * 10 + 1, { rewardId: "r" });
  }
  h.to(100_000);
  const { pending, orphans, closed, rewardIds, bySubject } = h.join;
  expect([pending, orphans, closed, rewardIds, bySubject].map(({ size }) => size)).toEqual([0, 0, 0, 0, 0]);
  expect(h.join.counts).toMatchObject({ decisions: 50, closed: 50, danglingRewards: 50, rewards: 100 });
});
