import { describe, expect, it } from "vitest";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { RecordKind } from "../../../src/core/log/records.ts";
import { defaultBounds, Pipeline } from "../../../src/core/pipeline.ts";
import { defaultSettings } from "../../../src/core/settings/policy.ts";
import { variantInFull } from "../../../src/core/settings/variants.ts";
import { memoryStore } from "../../../training/evaluate/memoryStore.ts";
import { Harness } from "./harness.ts";

describe("the end of a decision", () => {
  it("says whose it was, who served it, when, and what its rows got in all", () => {
    const join = new Harness();
    join.open("d", 10, { variant: "challenger", subject: "s" });
    join.reward("d", 20, { item: "a", value: 2 });
    join.reward("d", 300, { item: "c", value: 3 });
    join.to(5000);
    expect(join.closed).toMatchObject([
      { variant: "challenger", served: "model", subject: "s", decidedAt: 10, rewards: [2, 0, 3], reward: 5 },
    ]);
  });

  it("leaves rows that were not seen out of the sum, also when that came late", () => {
    const join = new Harness({ defaultReward: 1 });
    join.open("early", 0);
    join.reward("early", 10, { item: "a", value: 5, viewedThrough: 2 });
    join.open("late", 20);
    join.reward("late", 500, { item: "a", value: 5, viewedThrough: 1 });
    join.to(5000);
    expect(join.closed.map(({ decision, reward }) => [decision, reward])).toEqual([
      ["early", 6],
      ["late", 5],
    ]);
    expect(join.of(OperationKind.unlearn).map(({ variant }) => variant)).toEqual(["stable", "stable"]);
  });
});

describe("settings in the log", () => {
  it("become an operation where they change who gets what, and only there", () => {
    const operations: { kind: number }[] = [];
    const store = memoryStore((operation) => void operations.push(operation));
    const pipeline = new Pipeline({ settings: defaultSettings, bounds: defaultBounds, store });
    const variants = ["a", "b"].map((name) => variantInFull({ name, weight: 1 }));
    const tell = (at: number, change: object) =>
      pipeline.apply({ kind: RecordKind.settings, settings: { ...defaultSettings, ...change }, at }, at, "s1-1");
    tell(1, {});
    tell(2, { slots: 3 });
    tell(3, { variants });
    tell(4, { variants, settleMs: 5 });
    tell(5, { variants, exploration: { name: "greedy", parameters: {} } });
    tell(6, { variants: variants.toReversed(), exploration: { name: "greedy", parameters: {} } });
    tell(7, { variants: [] });
    expect(operations.map(({ kind }) => kind)).toEqual(new Array(4).fill(OperationKind.variants));
    expect(operations.map((operation) => ("since" in operation ? operation.since : 0))).toEqual([3, 5, 6, 7]);
    expect(pipeline.state.experiment.split).toEqual([{ name: "default", weight: 1 }]);
  });
});
