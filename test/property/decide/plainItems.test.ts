import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PlainItems } from "../../../src/core/decide/plainItems.ts";
import { readRank } from "../../../src/core/decide/rankRequest.ts";
import { parseText } from "../../../src/server/plugins/body.ts";

const MARK = "0123456789abcdef";
const outcome = (work: () => unknown) => {
  try {
    return { value: work() };
  } catch (error) {
    return { error: String(error) };
  }
};
const usual = (text: string) => outcome(() => readRank(parseText(text)));
const read = (plain: PlainItems, text: string) => plain.read({ bytes: Buffer.from(text), text });
/** As the route reads it. */
const both = (plain: PlainItems, text: string) => {
  const body = read(plain, text);
  return body === undefined ? usual(text) : outcome(() => readRank(body.value, body.list.items));
};

const plainId = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."ab09-_.:/ ~!"), minLength: 1, maxLength: 12 }),
  fc.constantFrom("a", "b", "c"),
);
const anyId = fc.oneof(
  { weight: 6, arbitrary: plainId },
  fc.string({ unit: "binary", maxLength: 4 }),
  fc.constantFrom("", '"', "\\", "é", "x".repeat(300)),
);
/** What follows an item's id. */
const more = fc.oneof(
  { weight: 4, arbitrary: fc.constant("") },
  {
    weight: 4,
    arbitrary: fc
      .dictionary(
        fc.constantFrom("a", "id", "}", '"', "features"),
        fc.oneof(fc.constantFrom("x", "{", "]", '\\"', "é"), fc.integer(), fc.constant({ deep: ["}", null] })),
        { maxKeys: 3 },
      )
      .map((features) => `,"features":${JSON.stringify(features)}`),
  },
  fc.constantFrom(
    ',"features":3',
    ',"features":{}',
    ', "features" : {"x":1e999}',
    ',"features":{"__proto__":1}',
    ',"features":{"x":01}',
    ',"features":{"x":"a\tb"}',
    ',"id":"b"',
    ',"other":1',
    ",",
  ),
);
const space = fc.constantFrom("", "", " ", "\n", "\t ");
const list = fc
  .tuple(fc.array(fc.tuple(anyId, more), { maxLength: 5 }), fc.array(space, { minLength: 8, maxLength: 8 }))
  .map(([told, s]) => {
    const items = told.map(
      ([id, rest]) => `${s[0]}{${s[1]}"id"${s[2]}:${s[3]}${JSON.stringify(id)}${s[4]}${rest}${s[4]}}${s[5]}`,
    );
    return `${s[6]}[${items.join(",")}${s[7]}]`;
  });
const field = fc.oneof(
  { weight: 4, arbitrary: list.map((text) => `"items":${text}`) },
  list.map((text) => `"context":{"items":${text}}`),
  list.map((text) => `"user\\"items":${text}`),
  fc.constantFrom(
    '"slots":3',
    `"items":"${MARK}"`,
    '"items":0',
    '"items":[]',
    '"defer":true',
    '"other":1',
    '"items":[{"id":"a","features":{"x":1}}]',
  ),
);
const body = fc
  .array(field, { maxLength: 4 })
  .map((fields) => `{"policy":"home"${fields.map((text) => `,${text}`).join("")}}`);

describe("plain items", () => {
  it("mean what JSON.parse and the checks make of the body, and get the same errors", () => {
    const plain = new PlainItems("a mark that nobody knows");
    fc.assert(
      fc.property(body, (text) => {
        expect(both(plain, text)).toEqual(usual(text));
      }),
      { numRuns: 3000 },
    );
  });

  it("are read without the parser when they are plain, with or without spaces", () => {
    const plain = new PlainItems(MARK);
    for (const text of [
      '{"items":[{"id":"a"},{"id":"b"}],"policy":"home"}',
      '{"policy": "home", "items": [{"id": "a"}, {"id": "b"}]}',
    ]) {
      expect(read(plain, text)?.value).toEqual({ policy: "home", items: [{ id: "a" }, { id: "b" }] });
    }
  });

  it("may tell features: once read, an item is the same object wherever it says the same", () => {
    const plain = new PlainItems(MARK);
    const said = (id: string, x: number) => ({ id, features: { x, text: '}"{' } });
    const list = (...items: object[]) => read(plain, JSON.stringify({ items }))?.list.items;
    const [a, b] = list(said("a", 1), said("b", 1)) ?? [];
    expect([a, b]).toEqual([said("a", 1), said("b", 1)]);
    const [c, b2, a2] = list({ id: "c" }, said("b", 1), said("a", 2)) ?? [];
    expect(b2).toBe(b);
    expect([c, a2]).toEqual([{ id: "c" }, said("a", 2)]);
    expect(list(said("b", 1), said("b", 1))).toBeUndefined();
  });

  it("are left to the parser while most of them say something new", () => {
    const plain = new PlainItems(MARK);
    const body = (x: number) =>
      JSON.stringify({ items: Array.from({ length: 100 }, (_, i) => ({ id: `i${i}`, features: { x } })) });
    // Each list teaches 16; lists are passed over in between.
    const until = (x: number) => {
      let tries = 1;
      while (read(plain, body(x)) === undefined) tries++;
      return tries;
    };
    expect(until(1)).toBeLessThan(200);
    for (let x = 2; x < 300; x++) expect(read(plain, body(x))).toBeUndefined();
    const tries = until(300);
    expect(tries).toBeGreaterThan(6);
    expect(tries).toBeLessThan(600);
    expect(read(plain, body(300))?.value).toEqual(JSON.parse(body(300)));
  });

  it("are one object for bodies that name the same ones, until other lists came since", () => {
    const plain = new PlainItems(MARK);
    const body = (list: number, user: string) =>
      JSON.stringify({ user: { id: user }, items: [{ id: `a${list}` }, { id: "b" }], slots: list + 1 });
    const first = read(plain, body(0, "someone"))?.list;
    const again = read(plain, body(0, "somebody else"));
    expect(again?.list).toBe(first);
    expect(again?.value).toEqual({ user: { id: "somebody else" }, items: [{ id: "a0" }, { id: "b" }], slots: 1 });
    for (let list = 1; list <= 8; list++) expect(read(plain, body(list, "x"))?.list.ids).toEqual([`a${list}`, "b"]);
    expect(read(plain, body(0, "x"))?.list).not.toBe(first);
    expect(read(plain, body(0, "x"))?.list).toEqual(first);
  });

  it("come from the same memory time after time, and stay what they were when it is full", () => {
    const plain = new PlainItems(MARK);
    for (let round = 0; round < 100; round++) {
      const items = Array.from({ length: 1000 }, (_, i) => ({ id: `item-${round % 90}-${i}` }));
      const read_ = read(plain, JSON.stringify({ items }));
      if (read_ === undefined) continue;
      expect(read_.list.items).toEqual(items);
      expect(JSON.parse(read_.list.idsText)).toEqual(items.map(({ id }) => id));
    }
  });

  it("are left to the parser when one comes twice, when the end is missing, when there are none or more than 1,000", () => {
    const plain = new PlainItems(MARK);
    const many = JSON.stringify({ items: Array.from({ length: 1001 }, (_, i) => ({ id: `${i}` })) });
    for (const text of [
      '{"items":[{"id":"a"},{"id":"a"}]}',
      '{"items":[{"id":"a"}',
      '{"items":[{"id":"a"}]',
      '{"items":[]}',
      '{"items":[{"id":"a"},]}',
      many,
    ]) {
      expect(read(plain, text)).toBeUndefined();
    }
  });
});
