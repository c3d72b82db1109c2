import { expect, test } from "vitest";
import { RESIDUAL_HALF_LIFE, RESIDUAL_PRIOR } from "../../../src/core/features/affinity.ts";
import { VectorTable } from "../../../src/core/features/vectorTable.ts";
import { Policy } from "./harness.ts";

const FIELDS = ["tag", "cast"];
const COLUMNS = FIELDS.flatMap((field) => [`affinity:${field}`, `residual:${field}`]);

/** Weights of an item's tokens of one field by the definition: idf of unit length. */
function weightsOf(p: Policy, id: string, name: string): Map<number, number> {
  const { vocabulary } = p.catalogue;
  const tokens = [...(p.catalogue.items.get(id)?.tokens.get(vocabulary.tokenField(name, false) ?? -1) ?? [])];
  const norm = Math.hypot(...tokens.map((token) => vocabulary.idfOf(token)));
  return new Map(tokens.map((token) => [token, vocabulary.idfOf(token) / norm]));
}

/** Cosine with the answered rows, and the shrunk mean surprise, straight from the words that describe them. */
function expected(p: Policy, id: string, name: string): { affinity: number; residual: number } {
  const memory = p.features.users.get("u");
  if (memory === undefined) throw new Error("the user is known");
  const [answered, aged, seen] = [new Map<number, number>(), new Map<number, number>(), new Map<number, number>()];
  const add = (sums: Map<number, number>, token: number, value: number) =>
    void sums.set(token, (sums.get(token) ?? 0) + value);
  for (let h = 0; h < memory.n; h++) {
    const age = 0.5 ** ((memory.n - 1 - h) / RESIDUAL_HALF_LIFE);
    const surprise = memory.reward[h] - memory.expected[h];
    for (const [token, weight] of weightsOf(p, p.features.byIndex[memory.item[h]].id, name)) {
      if (surprise > 0) add(answered, token, weight);
      add(aged, token, age * surprise * weight);
      add(seen, token, age * weight * weight);
    }
  }
  const length = Math.hypot(...answered.values()) || 1;
  let [affinity, residual] = [0, 0];
  for (const [token, weight] of weightsOf(p, id, name)) {
    affinity += (weight * (answered.get(token) ?? 0)) / length;
    residual += (weight * (aged.get(token) ?? 0)) / ((seen.get(token) ?? 0) + RESIDUAL_PRIOR);
  }
  return { affinity, residual };
}

/** Film i has tags i, i + 1, … and one of few actors. */
const tags = (i: number, n: number) => Array.from({ length: n }, (_, k) => `t${i + k}`);

function check(p: Policy, ids: readonly string[]): void {
  p.rows(ids, { subject: "u" }).forEach((row, i) => {
    for (const field of FIELDS) {
      const { affinity, residual } = expected(p, ids[i], field);
      expect(row[`affinity:${field}`]).toBeCloseTo(affinity, 5);
      expect(row[`residual:${field}`]).toBeCloseTo(residual, 5);
    }
  });
}

test("likeness is what its definition says, with thousands of tokens, and after items have other tokens", () => {
  const p = new Policy(COLUMNS);
  for (let i = 0; i < 120; i++) p.declare(`f${i}`, { tag: tags(17 * i, 40), cast: [`a${i % 7}`] });
  for (let i = 0; i < 60; i++) p.show({ [`f${i}`]: i % 3 === 0 ? 1 : 0 }, { subject: "u" });
  const candidates = Array.from({ length: 60 }, (_, i) => `f${59 + i}`);
  check(p, candidates);
  for (let i = 0; i < 40; i++) p.declare(`f${3 * i}`, { tag: tags(29 * i, 10 + i), cast: [`a${i % 5}`, "new"] });
  check(p, candidates);
  p.show({ unknown: 1, f3: 1 }, { subject: "u" });
  check(p, [...candidates, "unknown", "nobody"]);
});

const vector = (...tokens: readonly number[]) => ({
  tokens: Int32Array.from(tokens),
  weights: Float64Array.from(tokens, (token) => token / 10),
  ends: Int32Array.of(tokens.length),
});

function read({ places, tokens, weights }: VectorTable, index: number): number[][] {
  const [from, to] = [places[2 * index], places[2 * index + 1]];
  return [[...tokens.subarray(from, to)], [...weights.subarray(from, to)]];
}

test("a table of vectors gives each item the vector it was given last", () => {
  const table = new VectorTable();
  for (let index = 0; index < 2_000; index++) table.put(index, vector(index, index + 1), 1);
  table.put(7, vector(1, 2, 3), 2);
  table.put(8, vector(5, 4), 2);
  table.put(9, vector(), 2);
  expect([6, 7, 8, 9, 1_999].map((index) => read(table, index))).toEqual([
    [
      [6, 7],
      [0.6, 0.7],
    ],
    [
      [1, 2, 3],
      [0.1, 0.2, 0.3],
    ],
    [
      [5, 4],
      [0.5, 0.4],
    ],
    [[], []],
    [
      [1_999, 2_000],
      [199.9, 200],
    ],
  ]);
  expect([6, 7].map((index) => table.ages[index])).toEqual([1, 2]);
});

test("a table of vectors says when half of it is left over, and begins anew", () => {
  const table = new VectorTable();
  for (let age = 1; age < 5_000; age++) table.put(0, vector(...Array.from({ length: 1 + (age % 2) }, () => age)), age);
  expect(table.wasteful).toBe(true);
  table.clear();
  expect([table.wasteful, table.ages[0]]).toEqual([false, 0]);
  table.put(0, vector(3), 1);
  expect(read(table, 0)).toEqual([[3], [0.3]]);
});
