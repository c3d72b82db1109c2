import fc from "fast-check";
import { expect, test } from "vitest";
import { packTree, unpackTree } from "../../../src/core/codec/tree.ts";

const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);
const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("$n", "$m", '"', "\\", "é", "🎈", "\ud800"));
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(number, text, fc.boolean(), fc.constant(null)),
    fc.array(fc.oneof(tie("tree"), fc.constant(undefined)), { maxLength: 4 }),
    fc.dictionary(
      text.filter((key) => key !== "__proto__"),
      tie("tree"),
      { maxKeys: 4, noNullPrototype: true },
    ),
    fc.array(fc.tuple(fc.oneof(text, fc.integer()), tie("tree")), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc
      .array(
        fc.oneof(
          text.filter((key) => /^\P{Surrogate}*$/u.test(key)),
          fc.integer(),
        ),
        { maxLength: 4 },
      )
      .map((values) => new Set(values)),
    fc.float64Array({ maxLength: 5 }),
    fc.float32Array({ maxLength: 5 }),
    fc.int32Array({ maxLength: 5 }),
  ),
}));

test("a tree reads back as it was, and equal trees give equal bytes", () => {
  fc.assert(
    fc.property(tree, (value) => {
      const packed = packTree(value);
      expect(unpackTree(packed)).toEqual(value);
      expect(packTree(unpackTree(packed))).toEqual(packed);
    }),
    { numRuns: 500 },
  );
});

test("fields that are undefined are left out, the head is JSON", () => {
  const packed = packTree({
    a: undefined,
    b: [undefined, -0],
    c: new Map([["k", 1]]),
    d: {},
    e: new Map(),
    f: { $x: 1 },
  });
  const length = new DataView(packed.buffer).getUint32(0, true);
  expect(new TextDecoder().decode(packed.subarray(4, 4 + length))).toBe(
    '{"b":[{"$u":1},{"$n":"-0"}],"c":{"$m":[["k",1]]},"d":{},"e":{"$m":[]},"f":{"$o":[["$x",1]]}}',
  );
});

test("a text of several pieces, and arrays after it", () => {
  const value = {
    long: Array.from({ length: 20_000 }, (_, i) => `item-é-${i}`),
    floats: Float32Array.of(1, 2, 3),
    last: new Float64Array(9).fill(7),
  };
  expect(unpackTree(packTree(value))).toEqual(value);
});
