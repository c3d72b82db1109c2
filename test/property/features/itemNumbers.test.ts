/** Numbers of a matrix: rows are those of the same numbers among the items' features, whatever came before. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { featuresAt } from "../../../src/core/decide/itemNumbers.ts";
import type { Features } from "../../../src/core/domain.ts";
import { encode } from "../../../src/core/features/encode.ts";
import { Schema } from "../../../src/core/features/schema.ts";
import { Policy } from "../../unit/features/harness.ts";

const COLUMNS = [
  ...["number:price", "number:size", "number:deep.value", "number:price|z", "rate:genre", "cross:context.hour:size"],
  ...["item.rate", "item.count"],
];
const NAMES = ["price", "size", "deep.value", "unknown", "genre"];
const ITEMS = ["a", "b", "c", "never seen"];

/** float32 values; few, so that rows come again. */
const value = fc.constantFrom(0, 1, -2.5, 1e6, Math.fround(0.1));
const own: fc.Arbitrary<Features | undefined> = fc.option(
  fc.record(
    {
      price: fc.oneof(fc.constant(7), fc.constant("free"), fc.constant(null), fc.constant(true)),
      genre: fc.constantFrom("drama", "war"),
      deep: fc.oneof(fc.record({ value: fc.oneof(fc.constant(3), fc.constant("x")) }), fc.constant(5)),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);
const tell = fc.record({
  names: fc.shuffledSubarray(NAMES, { minLength: 1 }),
  chosen: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 1 }),
  values: fc.array(value, { minLength: 20, maxLength: 20 }),
  own: fc.array(own, { minLength: 4, maxLength: 4 }),
});
const step = fc.oneof(
  { weight: 4, arbitrary: tell },
  { weight: 1, arbitrary: fc.constantFrom("a", "b", "c").map((declare) => ({ declare })) },
  { weight: 1, arbitrary: fc.constant<"learn">("learn") },
);

test("a row of a matrix is the row of the same numbers as features, in a state that was never asked before", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const policy = new Policy(COLUMNS);
      for (let i = 0; i < 40; i++) policy.declare(`other ${i}`, { genre: "drama", size: i, deep: { value: 2 } });
      policy.show({ a: 1, b: 0, c: 1 });
      for (const one of steps) {
        if (one === "learn") policy.show({ a: 1, b: 0, c: 0 });
        else if ("declare" in one) policy.declare(one.declare, { genre: "war", price: 4 });
        else {
          // Some of the caller's items, in another order than the matrix has them.
          const itemNumbers = { names: one.names, values: Float32Array.from(one.values) };
          const items = one.chosen.map((place) => ({ id: ITEMS[place], features: one.own[place] }));
          const request = { items, inputPosition: one.chosen, context: { hour: 3 }, at: 1 };
          const told = items.map(({ id, features }, i) => ({
            id,
            features: featuresAt(itemNumbers, one.chosen[i], features),
          }));
          const cold = new Schema();
          cold.append(COLUMNS);
          const { catalogue, features, experiment } = policy;
          const expected = encode({ catalogue, features, experiment, schema: cold }, { ...request, items: told });
          const came = encode(policy, { ...request, itemNumbers });
          expect([...came.dense]).toEqual([...expected.dense]);
        }
      }
    }),
    { numRuns: 200, seed: 11 },
  );
});
