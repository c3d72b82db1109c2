/** Heads written by hand against JSON.stringify. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeOperation } from "../../../src/core/join/codec.ts";
import { type Operation, OperationKind } from "../../../src/core/join/operations.ts";
import { unpackPayload } from "../../../src/core/log/payload.ts";

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const text = fc.oneof(fc.uuid(), fc.string({ unit: "binary" }), fc.constantFrom('a"b\\c\n', "\u2028", "\ud800", ""));
const number = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(-0, 1e21, 1e-7, Number.NaN, Number.NEGATIVE_INFINITY),
);
const numbers = fc.array(number, { maxLength: 4 });
const texts = fc.array(text, { maxLength: 4 });
const served = fc.constantFrom("model" as const, "logged" as const);

const about = fc.record({ decision: text, at: number, row: number, item: text, subject: maybe(text), variant: text });
const rows = fc.record({ texts, numbers, segments: texts, propensities: maybe(numbers), floor: maybe(number), served });

type Value<A> = A extends fc.Arbitrary<infer T> ? T : never;

/** In the order of fields in which the join makes them. */
function operationsOf(a: Value<typeof about>, r: Value<typeof rows>): Operation[] {
  const { decision, at, row, item, subject, variant } = a;
  const { texts: items, numbers: rewards, segments, propensities, floor, served } = r;
  const [dense, columns] = [new Float32Array(0), row];
  const who = { decision, subject, served, variant, modelVersion: row, at, settledAt: at, segments };
  const among = { items, positions: rewards, propensities, candidates: floor, floor, rewards, base: row };
  const ended = { rewards, variant, served, subject, decidedAt: at, reward: floor };
  const { positive, correct, learn, close } = OperationKind;
  return [
    { kind: positive, decision, subject, item, reward: row, delta: at, settled: row > 0, segments, at },
    { kind: correct, decision, variant, item, learnedAt: at, row, columns, dense, before: row, after: at, at },
    { kind: learn, ...who, ...among, columns, dense },
    { kind: close, decision, learnedAt: floor, ...ended, at },
  ];
}

it("writes heads of operations exactly as JSON.stringify would", () => {
  fc.assert(
    fc.property(about, rows, (a, r) => {
      for (const operation of operationsOf(a, r)) {
        const bare = JSON.stringify({ ...operation, kind: undefined, dense: undefined });
        const written = Buffer.from(bare, "utf8").toString("utf8");
        expect(unpackPayload(encodeOperation(operation)).head).toBe(written);
      }
    }),
  );
});
