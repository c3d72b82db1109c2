import { expect, test } from "vitest";
import { decodeOperation, encodeOperation } from "../../../src/core/join/codec.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { learnOf } from "../learner/rows.ts";
import { Harness } from "./harness.ts";

const readBack = (operation: Parameters<typeof encodeOperation>[0]) =>
  decodeOperation({
    ...{ kind: operation.kind, time: 0, position: 0, next: 0 },
    payload: encodeOperation(operation),
  });

test("rows that settle keep what the model believed of them; those that nobody saw are left out", () => {
  const join = new Harness();
  join.open("d", 0, { scores: Float32Array.of(0.3, 0.2, 0.1) });
  join.reward("d", 10, { item: "a", value: 1, viewedThrough: 2 });
  join.to(5_000);
  expect(join.of(OperationKind.learn).map(({ scores }) => scores)).toEqual([Float32Array.of(0.3, 0.2)]);
});

test("scores of a learned decision stand behind its columns, and are read back", () => {
  const rows = [
    { x: [1, 2], reward: 0 },
    { x: [3, 4], reward: 1 },
  ];
  const operation = { ...learnOf(rows, 2), scores: Float32Array.of(0.5, 0.25) };
  const read = readBack(operation);
  expect(read).toEqual(operation);
});

test("a decision without scores is read back without", () => {
  const read = readBack(learnOf([{ x: [1, 2], reward: 0 }], 2));
  expect(read).toEqual(learnOf([{ x: [1, 2], reward: 0 }], 2));
  expect("scores" in read).toBe(false);
});
