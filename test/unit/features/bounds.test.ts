import { describe, expect, test } from "vitest";
import type { Features } from "../../../src/core/domain.ts";
import { Catalogue } from "../../../src/core/features/catalogue.ts";
import { FIELD_LENGTH_MAX, FLATTEN_LEAVES_MAX, flatten } from "../../../src/core/features/flatten.ts";
import { itemKey } from "../../../src/core/features/pairTable.ts";
import { RecordKind } from "../../../src/core/log/records.ts";
import { Policy } from "./harness.ts";

describe("users", () => {
  test("over the bound the one that did nothing for longest goes", () => {
    const p = new Policy([], { featureUsersMax: 3, pairRatesMax: 10 });
    for (const subject of ["a", "b", "c", "a", "d"]) p.show({ x: 1 }, { subject });
    expect([...p.features.users.keys()]).toEqual(["c", "a", "d"]);
    expect(p.rows(["x"], { subject: "b" })[0]["seen.positive"]).toBe(0);
  });

  test("declared over the bound the one written longest ago goes", () => {
    const catalogue = new Catalogue({ itemsMax: 10, usersMax: 2 });
    for (const subject of ["a", "b", "a", "c"]) {
      catalogue.apply({ kind: RecordKind.user, id: "e", subject, features: { [subject]: 1 }, at: 0 });
    }
    expect([...catalogue.users.keys()]).toEqual(["a", "c"]);
  });
});

describe("pairs of segment and item", () => {
  test("over the bound are refused and counted, those that are there go on", () => {
    const p = new Policy(["segment:context.city"], { featureUsersMax: 3, pairRatesMax: 2 });
    const city = (name: string) => ({ segments: [`context.city=${name}`] });
    p.show({ a: 0, b: 0, c: 0 }, city("york"));
    expect([p.features.pairs, p.features.pairsRefused]).toEqual([2, 1]);
    p.show({ a: 0 }, city("york"));
    const { pairTable, segments } = p.features;
    expect(pairTable.n(pairTable.find(segments.get("context.city=york") ?? -1, itemKey(0)))).toBe(2);
  });

  test("of ever new values of a segment take no memory over the bound", () => {
    const p = new Policy(["segment:context.city"], { featureUsersMax: 3, pairRatesMax: 5 });
    for (let i = 0; i < 100; i++) p.show({ a: 0 }, { segments: [`context.city=${i}`] });
    expect(p.features.segments.size).toBe(5);
    expect(p.features.pairsRefused).toBe(95);
  });
});

describe("items of the catalogue", () => {
  const declare = (catalogue: Catalogue, item: string, features: Features) =>
    catalogue.apply({ kind: RecordKind.item, id: "e", item, features, at: 0 });

  test("over the bound the one written longest ago goes, with its part in the counts of tokens", () => {
    const catalogue = new Catalogue({ itemsMax: 2, usersMax: 2 });
    for (const [item, genre] of [
      ["a", "x"],
      ["b", "y"],
      ["a", "x"],
      ["c", "y"],
    ] as const)
      declare(catalogue, item, { genre });
    expect([...catalogue.items.keys()]).toEqual(["a", "c"]);
    expect(catalogue.vocabulary.itemCount).toBe(2);
    expect(catalogue.vocabulary.documents).toEqual([1, 1]);
  });

  test("whose tokens are replaced count the new ones only", () => {
    const catalogue = new Catalogue();
    declare(catalogue, "a", { genre: ["x", "y"], other: "z" });
    declare(catalogue, "a", { genre: ["y"] });
    expect(catalogue.vocabulary.documents).toEqual([0, 1, 1]);
    expect(catalogue.vocabulary.tokenFields.map((field) => [field.items, field.tokens])).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test("of a request do not grow the vocabulary", () => {
    const p = new Policy(["number:price", "rate:genre"]);
    p.declare("a", { price: 1, genre: "x" });
    const { vocabulary } = p.catalogue;
    const before = JSON.stringify(vocabulary);
    p.rows([{ id: "a", features: { price: 2, genre: ["new", "x"], fresh: "field", more: 3 } }]);
    expect(JSON.stringify(vocabulary)).toBe(before);
    expect(p.catalogue.items.get("a")?.tokens.get(0)).toEqual(Int32Array.of(0));
  });
});

describe("flattening", () => {
  function leaves(features: Features): [string, string | number][] {
    const out: [string, string | number][] = [];
    flatten(features, {
      number: (name, value) => out.push([name, value]),
      token: (name, value) => out.push([name, value]),
    });
    return out;
  }

  test("joins names by dots, keeps order, makes numbers of booleans, leaves out what has no use", () => {
    const features = { b: 2, a: { x: true, y: ["p", 3, "q"] }, none: null, empty: "", long: "x".repeat(65), list: [] };
    expect(leaves(features)).toEqual([
      ["b", 2],
      ["a.x", 1],
      ["a.y", "p"],
      ["a.y.1", 3],
      ["a.y", "q"],
    ]);
  });

  test("is bounded in depth, in leaves, in the length of lists and of names", () => {
    let deep: Features = { leaf: 1 };
    for (let i = 0; i < 8; i++) deep = { d: deep };
    expect(leaves(deep)).toEqual([]);
    expect(leaves(Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`f${i}`, i])))).toHaveLength(
      FLATTEN_LEAVES_MAX,
    );
    expect(leaves({ list: Array.from({ length: 100 }, (_, i) => `t${i}`) })).toHaveLength(64);
    expect(leaves({ ["n".repeat(FIELD_LENGTH_MAX)]: 1, ["m".repeat(FIELD_LENGTH_MAX + 1)]: 1 })).toHaveLength(1);
  });
});
