import { describe, expect, it } from "vitest";
import type { Operation } from "../../../src/core/join/operations.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { variantInFull } from "../../../src/core/settings/variants.ts";
import { loadLearner, saveLearner } from "../../../training/learner/codec.ts";
import { Learner } from "../../../training/learner/learner.ts";
import { OwnLearners } from "../../../training/learner/own.ts";
import { correctOf, learnOf, namesOf, randomDecisions, unlearnOf } from "./rows.ts";

const COLUMNS = 4;
const split = (learn: { readonly [name: string]: "own" | "pooled" }): Operation => ({
  kind: OperationKind.variants,
  variants: Object.entries(learn).map(([name, how]) => variantInFull({ name, weight: 1, learn: how })),
  salt: "",
  since: 0,
});

/** Two variants in turn; some rows are corrected, some taken back, decisions close. Positions are indices. */
function story(): Operation[] {
  const operations: Operation[] = [split({ a: "own", b: "pooled" })];
  const decisions = randomDecisions({ decisions: 600, rows: 3, columns: COLUMNS });
  decisions.forEach((rows, i) => {
    const variant = i % 3 === 0 ? "a" : "b";
    const learned = { ...learnOf(rows, COLUMNS), variant };
    const at = operations.push(learned) - 1;
    if (i % 4 === 0) operations.push({ ...correctOf(learned, at, { row: 1, after: 1 }), variant });
    if (i % 7 === 0) operations.push({ ...unlearnOf(learned, at, { row: 2 }), variant });
    if (i % 5 === 0) operations.push({ kind: OperationKind.close, decision: "d", learnedAt: at, rewards: [], at: 0 });
    if (i === 200) operations.push({ kind: OperationKind.schema, columns: ["number:later"] });
  });
  return operations;
}

/** Both folds of the operations from `from` on. */
function fold(
  operations: readonly Operation[],
  start = { learner: new Learner(namesOf(COLUMNS)), own: new OwnLearners() },
  from = 0,
) {
  const { learner, own } = start;
  operations.forEach((operation, i) => {
    if (i < from) return;
    own.add(operation, i, learner.columns);
    learner.add(operation, i);
  });
  return { learner, own };
}

const bytes = (learner: Learner) => Buffer.from(saveLearner({ learner, position: 1 })).toString("base64");

describe("a variant that learns on its own", () => {
  it("knows, bit for bit, what a learner knows that saw nothing but its rows", () => {
    const operations = story();
    const { learner, own } = fold(operations);
    const alone = new Learner(namesOf(COLUMNS));
    operations.forEach((operation, i) => {
      if (!("variant" in operation) || operation.variant === "a") alone.add(operation, i);
    });
    expect([...own.byVariant.keys()]).toEqual(["a"]);
    expect(own.byVariant.get("a")?.rows).toBe(600);
    expect(bytes(own.byVariant.get("a") ?? learner)).toBe(bytes(alone));
    expect(learner.rows).toBe(1800);
  });

  it("changes nothing of what the others learn together", () => {
    const operations = story();
    const pooled = new Learner(namesOf(COLUMNS));
    operations.forEach((operation, i) => void pooled.add(operation, i));
    expect(bytes(fold(operations).learner)).toBe(bytes(pooled));
  });

  it("goes on bit for bit from a checkpoint in the middle", () => {
    const operations = story();
    const { learner, own } = fold(operations.slice(0, 301));
    const resumed = loadLearner(saveLearner({ learner, own, position: 301 }));
    const end = fold(operations, { learner: resumed.learner, own: resumed.own ?? new OwnLearners() }, 301);
    expect(Buffer.from(saveLearner({ ...end, position: 9 }))).toEqual(
      Buffer.from(saveLearner({ ...fold(operations), position: 9 })),
    );
  });

  it("begins where the log says so, with the columns known by then, and ends where it says so", () => {
    const own = new OwnLearners();
    const columns = namesOf(COLUMNS);
    own.add(split({ a: "own", b: "own" }), 0, columns);
    own.add({ ...learnOf([{ x: [1, 2, 3, 4], reward: 1 }], COLUMNS), variant: "a" }, 1, columns);
    own.add(split({ a: "own", c: "own" }), 2, [...columns, "number:later"]);
    expect([...own.byVariant].map(([name, { rows, columns: known }]) => [name, rows, known.length])).toEqual([
      ["a", 1, 4],
      ["c", 0, 5],
    ]);
    own.add(split({}), 3, columns);
    expect(own.byVariant.size).toBe(0);
  });
});
