import { expect, test } from "vitest";
import { FACTOR_COLUMNS } from "../../../src/core/features/factor.ts";
import { applyOperation } from "../../../src/core/pipeline.ts";
import { vectorsOf } from "../embed/values.ts";
import { Policy } from "./harness.ts";

function policyWithVectors(): Policy {
  const policy = new Policy(FACTOR_COLUMNS);
  policy.declare("fresh", { colour: "red" });
  applyOperation(policy, vectorsOf());
  return policy;
}

const factor = (row: { readonly [name: string]: number }) =>
  ["factor.item", "factor.personal", "factor.spread", "factor.score"].map((name) => row[name]);

test("without vectors the columns are 0", () => {
  const rows = new Policy(FACTOR_COLUMNS).rows(["a", "b"], { subject: "u" });
  for (const row of rows) expect(factor(row)).toEqual([0, 0, 0, 0]);
});

test("of a user of whom nothing is known they hold the item's term and the prior's spread", () => {
  const [row] = policyWithVectors().rows(["a", "b"], { subject: "nobody" });
  // a: [−0.5, 1.5, 0.5]
  const variance = 1.5 ** 2 + 0.5 ** 2;
  expect(row["factor.item"]).toBeCloseTo(-0.5, 6);
  expect(row["factor.personal"]).toBe(0);
  expect(row["factor.spread"]).toBeCloseTo(Math.sqrt(variance), 5);
  expect(row["factor.score"]).toBeCloseTo(-0.5 / Math.sqrt(1 + (Math.PI / 8) * variance), 5);
});

test("an answer to one item lifts items alike by vector, and less sure ones stay so", () => {
  const policy = policyWithVectors();
  policy.show({ a: 1 }, { subject: "u" });
  const [alike, unlike] = policy.rows(["fresh", "b"], { subject: "u" });
  expect(alike["factor.personal"]).toBeGreaterThan(0.3);
  expect(unlike["factor.personal"]).toBeLessThan(alike["factor.personal"]);
  expect(alike["factor.personal|z"]).toBeGreaterThan(0);
});

test("the list's mean of each stands in all of its rows", () => {
  const policy = policyWithVectors();
  policy.show({ a: 1 }, { subject: "u" });
  const rows = policy.rows(["fresh", "a", "b"], { subject: "u" });
  for (const name of ["factor.score", "factor.item", "factor.personal", "factor.spread"]) {
    const mean = rows.reduce((sum, row) => sum + row[name], 0) / rows.length;
    for (const row of rows) expect(row[`${name}|m`]).toBeCloseTo(mean, 5);
  }
});

test("the square of the score's place in its list stands beside it", () => {
  const policy = policyWithVectors();
  policy.show({ a: 1 }, { subject: "u" });
  const rows = policy.rows(["fresh", "a", "b"], { subject: "u" });
  for (const row of rows) expect(row["factor.score|q"]).toBeCloseTo(row["factor.score|z"] ** 2, 5);
  expect(rows.reduce((sum, row) => sum + row["factor.score|q"], 0)).toBeCloseTo(rows.length, 5);
});

test("passed over at first, then answered: the answer replaces it at once", () => {
  const [policy, other] = [policyWithVectors(), policyWithVectors()];
  policy.show({ a: 0 }, { decision: "d", subject: "u" });
  const [before] = policy.rows(["a"], { subject: "u" });
  policy.answer("a", { decision: "d", subject: "u" });
  other.show({ a: 1 }, { decision: "d", subject: "u" });
  const [after] = policy.rows(["a"], { subject: "u" });
  expect(before["factor.personal"]).toBeLessThan(0);
  expect(after["factor.personal"]).toBe(other.rows(["a"], { subject: "u" })[0]["factor.personal"]);
});

test("a kept posterior is made again when an item's content or the vectors change", () => {
  const [policy, anew] = [policyWithVectors(), policyWithVectors()];
  for (const one of [policy, anew]) one.show({ fresh: 1 }, { subject: "u" });
  const first = factor(policy.rows(["a"], { subject: "u" })[0]);
  for (const one of [policy, anew]) one.declare("fresh", { colour: "blue" });
  const second = factor(policy.rows(["a"], { subject: "u" })[0]);
  expect(second).not.toEqual(first);
  expect(second).toEqual(factor(anew.rows(["a"], { subject: "u" })[0]));
  const other = { ...vectorsOf(2), values: vectorsOf().values.map((x) => 2 * x) };
  applyOperation(policy, other);
  applyOperation(anew, other);
  expect(factor(policy.rows(["a"], { subject: "u" })[0])).not.toEqual(second);
  expect(factor(policy.rows(["a"], { subject: "u" })[0])).toEqual(factor(anew.rows(["a"], { subject: "u" })[0]));
});
