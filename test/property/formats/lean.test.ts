import { isAscii } from "node:buffer";
import fc from "fast-check";
import { expect, it } from "vitest";
import { leanLine } from "../../../src/core/formats/dsjsonLean.ts";

const value = fc.jsonValue();
const action = fc.dictionary(fc.string(), value, { noNullPrototype: true });
const line = fc.array(action, { minLength: 1, maxLength: 5 }).chain((actions) =>
  fc.record({
    index: fc.nat(actions.length - 1),
    before: fc.dictionary(
      fc.string({ minLength: 1 }).map((name) => `x${name}`),
      fc.oneof(fc.string(), fc.double({ noNaN: true })),
      { noNullPrototype: true },
    ),
    context: action,
    spaces: fc.constantFrom(undefined, 1),
    actions: fc.constant(actions),
  }),
);

it("a lean line is the line with {} for each action but the labelled one", () => {
  fc.assert(
    fc.property(line, ({ index, before, context, spaces, actions }) => {
      const whole = { ...before, _labelIndex: index, a: [1], c: { ...context, _multi: actions }, after: actions };
      const text = JSON.stringify(whole, undefined, spaces);
      const emptied = { ...whole, c: { ...whole.c, _multi: actions.map((own, i) => (i === index ? own : {})) } };
      const lean = JSON.parse(leanLine(text)) as unknown;
      if (isAscii(Buffer.from(text))) expect(leanLine(text, Buffer.from(` ${text}`).subarray(1))).toBe(leanLine(text));
      expect([JSON.stringify(emptied), JSON.stringify(whole)]).toContain(JSON.stringify(lean));
    }),
    { numRuns: 500 },
  );
});

it("the usual line is made lean, and what is none is left as it is", () => {
  const usual =
    '{"_label_cost":0,"_labelIndex":1,"c":{"u":"\\"_multi\\"","_multi":[{"a":"}"},{"b":[1]},{"c":"\\\\"}]},"p":[1]}';
  expect(leanLine(usual)).toBe(
    '{"_label_cost":0,"_labelIndex":1,"c":{"u":"\\"_multi\\"","_multi":[{},{"b":[1]},{}]},"p":[1]}',
  );
  for (const other of ["", "{", '{"_labelIndex":0,"c":{"_multi":[{"a":', '{"_labelIndex":9,"c":{"_multi":[{}]}}']) {
    expect(leanLine(other)).toBe(other);
  }
});

it("brackets at any place of four, in strings and out of them, are told apart", () => {
  for (let shift = 0; shift < 8; shift++) {
    const pad = " ".repeat(shift);
    const said = `"${"}[".repeat(shift)}y_Y\\\\"`;
    const other = `{"a":${pad}[{},${said}]}`;
    const kept = `{"${"k".repeat(shift)}":{"b":${said}}}`;
    const head = `{"_labelIndex":1,"c":{${pad}"_multi":[`;
    const tail = `],"x":${said}}}`;
    const whole = `${head}${pad}${other}${pad},${kept},${other}${pad}${tail}`;
    expect(leanLine(whole)).toBe(`${head}{},${kept},{}${tail}`);
    for (const spoilt of [
      `${head},${other},${kept}${tail}`,
      `${head}${other},,${kept}${tail}`,
      `${head}${other} ${kept}${tail}`,
      `${head}${other},${kept},${tail}`,
      `${head}${other},1,${kept}${tail}`,
      `${head}${other},${kept}}${tail.slice(1)}`,
      `${head}${other}${tail}`,
      `${head}${other},${kept}`,
    ])
      expect(leanLine(spoilt)).toBe(spoilt);
  }
});

it("nothing makes it fail", () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom('"', "\\", "{", "}", "[", "]", ",", ":", "_multi", '"_multi"', '{"_labelIndex":0,'),
      }),
      (text) => {
        expect(typeof leanLine(text)).toBe("string");
      },
    ),
  );
});
