import { expect, test } from "vitest";
import { packTree, unpackTree } from "../../../src/core/codec/tree.ts";
import { FACTOR_COLUMNS } from "../../../src/core/features/factor.ts";
import { decodeOperation, encodeOperation } from "../../../src/core/join/codec.ts";
import type { Operation } from "../../../src/core/join/operations.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { decodeRecord, encodeRecord } from "../../../src/core/log/codec.ts";
import { type LogRecord, RecordKind } from "../../../src/core/log/records.ts";
import { defaultBounds, Pipeline } from "../../../src/core/pipeline.ts";
import { defaultSettings } from "../../../src/core/settings/policy.ts";
import { loadPipeline, type SavedPipeline, savePipeline } from "../../../src/core/snapshot.ts";
import { memoryStore } from "../../../training/evaluate/memoryStore.ts";
import { vectorsOf } from "./values.ts";

function started() {
  const operations: Operation[] = [];
  const store = memoryStore((operation) => operations.push(operation));
  const pipeline = new Pipeline({ settings: defaultSettings, bounds: defaultBounds, store });
  const rank = (id: string, at: number) =>
    pipeline.apply(
      { kind: RecordKind.ranking, id, subject: "u", items: [{ id: "a" }, { id: "b" }], at },
      at,
      "import-x",
    );
  const click = (ranking: string, at: number) =>
    pipeline.apply(
      { kind: RecordKind.interaction, id: `c${ranking}`, ranking, subject: "u", type: "click", item: "a", at },
      at,
      "import-x",
    );
  const switched = (version: number) =>
    pipeline.apply({ ...vectorsOf(version), kind: RecordKind.vectors }, 5, `embed-${version}`);
  return { operations, pipeline, rank, click, switched };
}

/** Rows learned of a decision: values of a column. */
function learned(
  operations: readonly Operation[],
  decision: string,
  columns: readonly string[],
  name: string,
): number[] {
  const operation = operations.find((one) => one.kind === OperationKind.learn && one.decision === decision);
  if (operation?.kind !== OperationKind.learn) throw new Error(decision);
  const at = columns.indexOf(name);
  return operation.items.map((_, i) => operation.dense[i * operation.columns + at] ?? 0);
}

test("rankings after the line are encoded with the vectors, rankings before it stay as they were", () => {
  const { operations, pipeline, rank, click, switched } = started();
  rank("before", 1_000);
  click("before", 1_001);
  switched(1);
  rank("after", 10_000);
  rank("last", 100_000);
  const { columns } = pipeline.state.schema;
  expect(learned(operations, "before", columns, "factor.item")).toEqual([0, 0]);
  expect(learned(operations, "after", columns, "factor.item")).toEqual([-0.5, -1.5]);
  expect(learned(operations, "after", columns, "factor.personal")[0]).toBeGreaterThan(0.2);
  expect(operations.filter(({ kind }) => kind === OperationKind.vectors)).toHaveLength(1);
});

test("a policy that lacks some of the vectors' columns gets those, once, before its next vectors", () => {
  const { operations, pipeline, switched } = started();
  const had = FACTOR_COLUMNS.slice(0, 8);
  pipeline.state.schema.append(had);
  switched(1);
  switched(2);
  expect(operations.map(({ kind }) => kind)).toEqual([
    OperationKind.schema,
    OperationKind.vectors,
    OperationKind.vectors,
  ]);
  expect(operations[0]).toMatchObject({ columns: FACTOR_COLUMNS.slice(had.length) });
  expect(pipeline.state.schema.columns.slice(-FACTOR_COLUMNS.length)).toEqual(FACTOR_COLUMNS);
});

test("the line moves no clock, and an older or repeated version changes nothing", () => {
  const { operations, pipeline, switched } = started();
  switched(2);
  const { length } = operations;
  switched(2);
  switched(1);
  expect(operations).toHaveLength(length);
  expect(pipeline.state.features.vectors?.value.version).toBe(2);
  expect(pipeline.clocks.save()).toEqual({ live: [], furthest: 0 });
});

test("a pipeline that was saved and loaded goes on with the same bits", () => {
  const [one, other] = [started(), started()];
  for (const { rank, click, switched } of [one, other]) {
    switched(1);
    rank("r1", 1_000);
    click("r1", 1_001);
  }
  const loaded = started();
  loadPipeline(loaded.pipeline, unpackTree(packTree(savePipeline(other.pipeline))) as SavedPipeline);
  for (const { rank } of [one, loaded]) {
    rank("r2", 50_000);
    rank("r3", 100_000);
  }
  const { columns } = one.pipeline.state.schema;
  for (const name of ["factor.personal", "factor.score|z"])
    expect(learned(loaded.operations, "r2", columns, name)).toEqual(learned(one.operations, "r2", columns, name));
  expect(packTree(savePipeline(loaded.pipeline).state)).toEqual(packTree(savePipeline(one.pipeline).state));
});

test("record and operation survive their frames", () => {
  const frame = (kind: number, payload: Uint8Array) => ({ position: 0, next: 1, kind, time: 0, payload });
  const record: LogRecord = { ...vectorsOf(), kind: RecordKind.vectors };
  expect(decodeRecord(frame(record.kind, encodeRecord(record)))).toEqual(record);
  const operation = vectorsOf();
  expect(decodeOperation(frame(operation.kind, encodeOperation(operation)))).toEqual(operation);
});
