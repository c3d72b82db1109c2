import { expect, test } from "vitest";
import { Vectors } from "../../../src/core/embed/vectors.ts";
import { Catalogue } from "../../../src/core/features/catalogue.ts";
import { RecordKind } from "../../../src/core/log/records.ts";
import { vectorsOf } from "./values.ts";

function catalogueOf(items: { readonly [id: string]: { readonly [name: string]: number | string | string[] } }) {
  const catalogue = new Catalogue();
  for (const [item, features] of Object.entries(items))
    catalogue.apply({ kind: RecordKind.item, id: item, item, features, at: 0 });
  return catalogue;
}

const NOTHING = { numbers: new Map(), tokens: new Map() };

test("an item's vector is constant, tokens by 1/√m, numbers and squares, and its own term", () => {
  const catalogue = catalogueOf({ a: { colour: ["red", "blue", "green", "grey"], price: Math.sinh(2) } });
  const vectors = new Vectors(vectorsOf());
  const content = catalogue.items.get("a") ?? NOTHING;
  const [b, v1, v2] = vectors.vectorOf("a", content, catalogue.vocabulary);
  // price: asinh(sinh 2) = 2, standardised (2 − 1) · 2 = 2, square less one 3.
  expect(b).toBeCloseTo(-1 + 0.5 * 0.25 + 2 * 0.125 + 0.5, 6);
  expect(v1).toBeCloseTo(0.5 + 0.5 * 2 + 3 * 0.0625 + 1, 6);
  expect(v2).toBeCloseTo(0.5 + 0.5 * 2 + 2 * 0.5, 6);
});

test("a new item has its content's vector, one without content the constant", () => {
  const catalogue = catalogueOf({ fresh: { colour: "red" } });
  const vectors = new Vectors(vectorsOf());
  const fresh = catalogue.items.get("fresh") ?? NOTHING;
  expect([...vectors.vectorOf("fresh", fresh, catalogue.vocabulary)]).toEqual([-0.75, 2.5, 0.5]);
  expect([...vectors.vectorOf("unheard", NOTHING, catalogue.vocabulary)]).toEqual([-1, 0.5, 0.5]);
});

test("a token that the vocabulary meets later is found under its name", () => {
  const vectors = new Vectors(vectorsOf());
  const catalogue = catalogueOf({ x: { colour: "green" } });
  vectors.vectorOf("x", catalogue.items.get("x") ?? NOTHING, catalogue.vocabulary);
  catalogue.apply({ kind: RecordKind.item, id: "2", item: "y", features: { colour: "blue" }, at: 0 });
  expect([...vectors.vectorOf("y", catalogue.items.get("y") ?? NOTHING, catalogue.vocabulary)]).toEqual([-1, 0.5, 2.5]);
});

test("rewards between low and high are answers, others are clipped", () => {
  const vectors = new Vectors({ ...vectorsOf(), low: 1, high: 5 });
  expect([0, 1, 2, 5, 9].map((reward) => vectors.answerOf(reward))).toEqual([0, 0, 0.25, 1, 1]);
});
