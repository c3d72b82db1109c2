/** Features that requests tell: what was worked out for an earlier request never shows in a later row. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Features } from "../../../src/core/domain.ts";
import { encode } from "../../../src/core/features/encode.ts";
import { Schema } from "../../../src/core/features/schema.ts";
import { Policy } from "../../unit/features/harness.ts";

const COLUMNS = ["number:price", "rate:genre", "affinity:genre", "item.rate", "item.count"];
const features: fc.Arbitrary<Features> = fc.record(
  {
    price: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant("free"), fc.constant(null)),
    genre: fc.oneof(fc.subarray(["drama", "comedy", "war"]), fc.constantFrom("drama", "war")),
    nested: fc.record({ deep: fc.integer({ min: 0, max: 1 }) }),
  },
  { requiredKeys: [] },
);
const item = fc.constantFrom("a", "b", "c");
type Step = { readonly tell: readonly (readonly [string, Features])[] } | { readonly declare: [string, Features] };
const step: fc.Arbitrary<Step | "learn"> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.tuple(item, features), { minLength: 1, maxLength: 4 }).map((tell) => ({ tell })),
  },
  { weight: 1, arbitrary: fc.tuple(item, features).map((declare) => ({ declare })) },
  { weight: 1, arbitrary: fc.constant<"learn">("learn") },
);

test("a row of told features is the row of a state that was never asked before", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const policy = new Policy(COLUMNS);
      // So many that a further one does not make all be weighed again.
      for (let i = 0; i < 40; i++) policy.declare(`other ${i}`, { genre: "drama" });
      policy.show({ a: 1, b: 0, c: 1 });
      for (const one of steps) {
        if (one === "learn") policy.show({ a: 1, b: 0, c: 0 });
        else if ("declare" in one) policy.declare(...one.declare);
        else {
          const items = one.tell.map(([id, told]) => ({ id, features: told }));
          const request = { items, inputPosition: items.map((_, i) => i), at: 1 };
          const cold = new Schema();
          cold.append(COLUMNS);
          const state = { ...policy, catalogue: policy.catalogue, features: policy.features };
          const fresh = encode({ ...state, schema: cold, experiment: policy.experiment }, request);
          const warm = encode(policy, request);
          expect([...warm.dense]).toEqual([...fresh.dense]);
        }
      }
    }),
    { numRuns: 150, seed: 7 },
  );
});
