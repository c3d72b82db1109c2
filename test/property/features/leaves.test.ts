import fc from "fast-check";
import { expect, it } from "vitest";
import type { Features } from "../../../src/core/domain.ts";
import { Discovery } from "../../../src/core/features/discover.ts";
import { encode } from "../../../src/core/features/encode.ts";
import { leavesOf } from "../../../src/core/features/request.ts";
import { Policy } from "../../unit/features/harness.ts";

const value = fc.oneof(
  fc.constantFrom("a", "b", "c"),
  fc.integer({ min: -3, max: 3 }),
  fc.boolean(),
  fc.array(fc.constantFrom("x", "y"), { maxLength: 3 }),
  fc.record({ deep: fc.constantFrom("p", "q") }),
);
const features = fc.dictionary(fc.constantFrom("k", "l", "m"), value) as fc.Arbitrary<Features>;
const requests = fc.array(fc.record({ context: features, user: features }, { requiredKeys: [] }), {
  minLength: 30,
  maxLength: 60,
});

it("a request whose leaves are known finds the same columns and fills them alike", () => {
  fc.assert(
    fc.property(requests, (all) => {
      const policy = new Policy();
      policy.declare("i", { tag: "t", price: 2 });
      policy.declare("j", { tag: "t", price: 3 });
      const [plain, known] = [new Discovery(500), new Discovery(500)];
      const items = [{ id: "i" }, { id: "j" }];
      for (const request of all) {
        const told = { ...request, leaves: leavesOf(policy.catalogue, request) };
        const columns = plain.observe(policy, request);
        expect(known.observe(policy, told)).toEqual(columns);
        policy.schema.append(columns);
        const rest = { items, inputPosition: [0, 1], at: 0 };
        expect(encode(policy, { ...told, ...rest })).toEqual(encode(policy, { ...request, ...rest }));
      }
      expect(known.save()).toEqual(plain.save());
    }),
    { numRuns: 50 },
  );
});
