import { expect, it } from "vitest";
import type { LoggedDecision } from "../../../src/core/formats/decision.ts";
import { RecordsOfDecisions } from "../../../src/core/formats/toRecords.ts";
import type { LearnOperation, Operation } from "../../../src/core/join/operations.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { RecordKind } from "../../../src/core/log/records.ts";
import { defaultBounds, Pipeline } from "../../../src/core/pipeline.ts";
import { defaultSettings } from "../../../src/core/settings/policy.ts";
import { memoryStore } from "../../../training/evaluate/memoryStore.ts";

const decision: LoggedDecision = {
  id: "d1",
  at: 1_700_000_000_000,
  user: "ann",
  context: { device: "tv" },
  items: [
    { id: "a", features: { price: 1 } },
    { id: "b", features: { price: 2 } },
    { id: "a", features: { price: 3 } },
  ],
  slots: [
    { itemIndex: 2, propensity: 0.5, reward: 3 },
    { itemIndex: 1, propensity: 0.25 },
    { itemIndex: 0, propensity: 0.125, reward: 0 },
  ],
};
const pseudonym = (kind: string, id: string) => `${kind}:${id}`;
const records = () => new RecordsOfDecisions(pseudonym, 5);

it("a decision of a file is joined as a ranking with its slots, propensities and rewards, and learned as such", () => {
  const operations: Operation[] = [];
  const store = memoryStore((operation) => void operations.push(operation));
  const pipeline = new Pipeline({ settings: defaultSettings, bounds: defaultBounds, store });
  for (const record of records().of(decision) ?? []) pipeline.apply(record, record.at, "import-1");
  pipeline.apply({ kind: RecordKind.end, at: 0 }, 0, "import-1");
  const learn = operations.find((operation): operation is LearnOperation => operation.kind === OperationKind.learn);
  expect(learn).toMatchObject({ decision: "d1", items: ["a#2", "a"], propensities: [0.5, 0.125], rewards: [3, 0] });
  expect(learn?.subject).toBe("user:ann");
  expect(learn?.dense).toHaveLength(2 * (learn?.columns ?? 0));
  expect(pipeline.join.counts).toMatchObject({ decisions: 1, rewards: 2, notShownRewards: 0 });
});

it("features of a named item are declared once until they change", () => {
  const make = records();
  const declared = (told: LoggedDecision) =>
    (make.of(told) ?? []).filter(({ kind }) => kind === RecordKind.item).length;
  expect(declared(decision)).toBe(3);
  expect(declared({ ...decision, id: "d2" })).toBe(0);
  expect(
    declared({ ...decision, id: "d3", items: [{ id: "a", features: { price: 9 } }, ...decision.items.slice(1)] }),
  ).toBe(1);
});

it("a decision without a name gets one that it gets again from the same file", () => {
  const nameless = { ...decision, id: undefined };
  const idOf = () => records().of(nameless)?.[0].id;
  expect(idOf()).toBe(idOf());
  const make = records();
  expect(make.of(nameless)?.[0].id).not.toBe(make.of(nameless)?.[0].id);
});

it("what nobody may or can learn from makes no record", () => {
  expect(records().of({ ...decision, skipLearn: true })).toBeUndefined();
  expect(records().of({ ...decision, slots: [{ itemIndex: 0, propensity: 1 }] })).toBeUndefined();
});
