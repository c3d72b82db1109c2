import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Features, Json } from "../../../src/core/domain.ts";
import { compact, type LoggedDecision } from "../../../src/core/formats/decision.ts";
import { dsjson } from "../../../src/core/formats/dsjson.ts";
import type { FileFormat } from "../../../src/core/formats/format.ts";
import { formats } from "../../../src/core/formats/formats.ts";
import { jsonl } from "../../../src/core/formats/jsonl.ts";
import { obp } from "../../../src/core/formats/obp.ts";
import { vw } from "../../../src/core/formats/vw.ts";
import { options, readText, written } from "../../conformance/formats/format.ts";

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (x === 0 ? 0 : x));
const probability = fc.double({ min: Number.MIN_VALUE, max: 1, noNaN: true });
const reward = fc.double({ min: -1e18, max: 1e18, noNaN: true }).map((x) => (x === 0 ? 0 : x));
const text = fc.string({ unit: "grapheme", maxLength: 20 });
const word = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 12 }).filter((s) => s.trim() !== "");
const name = word.filter((key) => !key.startsWith("_") && !["c", "i", "constructor"].includes(key));
const leaf: fc.Arbitrary<Json> = fc.oneof(
  number,
  text,
  fc.boolean(),
  fc.constant(null),
  fc.array(text, { maxLength: 3 }),
);
const anyFeatures: fc.Arbitrary<Features> = fc.dictionary(
  name,
  fc.oneof(leaf, fc.dictionary(name, leaf, { maxKeys: 3 })),
  {
    maxKeys: 4,
    noNullPrototype: true,
  },
);
const time = fc.integer({ min: 0, max: options.now });

interface Shape {
  readonly features: fc.Arbitrary<Features>;
  readonly id: fc.Arbitrary<string | undefined>;
  readonly slotsMax: number;
}

/** Items, some of them shown; features and names as the format can hold them. */
function decisions({ features, id, slotsMax }: Shape): fc.Arbitrary<LoggedDecision> {
  return fc.integer({ min: 1, max: 5 }).chain((n) =>
    fc
      .record({
        id,
        context: features,
        items: fc
          .tuple(fc.boolean(), fc.array(features, { minLength: n, maxLength: n }))
          .map(([named, all]) => all.map((own, i) => (named ? { id: `item ${i}`, features: own } : { features: own }))),
        slots: fc
          .tuple(
            fc.shuffledSubarray(
              Array.from({ length: n }, (_, i) => i),
              { maxLength: Math.min(n, slotsMax) },
            ),
            fc.array(fc.tuple(probability, reward), { minLength: n, maxLength: n }),
          )
          .map(([shown, told]) =>
            shown.map((itemIndex, l) => ({ itemIndex, propensity: told[l][0], reward: told[l][1] })),
          ),
      })
      .map(compact),
  );
}

const json: Shape = { features: anyFeatures, id: fc.option(word, { nil: undefined }), slotsMax: 5 };
const withMore = decisions(json).chain((decision) =>
  fc
    .record({
      at: fc.option(time, { nil: undefined }),
      model: fc.option(word, { nil: undefined }),
      skipLearn: fc.constantFrom<true | undefined>(true, undefined),
      pdrop: fc.constantFrom(undefined, 0.5, 0.875),
    })
    .map((more) => compact({ ...decision, ...more })),
);

/** In text a feature is a number or a string that is not empty, in a namespace or beside them; strings of one name are a list. */
const flat = fc.dictionary(name, fc.oneof(number, word, fc.uniqueArray(word, { minLength: 2, maxLength: 3 })), {
  minKeys: 1,
  maxKeys: 3,
  noNullPrototype: true,
});
const textFeatures: fc.Arbitrary<Features> = fc.dictionary(name, fc.oneof(number, word, flat), {
  maxKeys: 3,
  noNullPrototype: true,
});

const obpDecisions = fc.integer({ min: 1, max: 4 }).chain((n) =>
  fc
    .record({
      id: fc.option(
        word.filter((id) => id.trim() === id),
        { nil: undefined },
      ),
      at: time,
      context: fc.record({ user_feature_0: fc.stringMatching(/^[a-z"',]{1,8}$/), age: number }),
      items: fc
        .array(number, { minLength: n, maxLength: n })
        .map((all) => all.map((affinity, i) => ({ id: String(i), features: { affinity } }))),
      slots: fc
        .record({ itemIndex: fc.nat(n - 1), propensity: probability, reward, position: fc.integer({ min: 1, max: 3 }) })
        .map((slot) => [slot]),
    })
    .map(compact),
);

function readBack(format: FileFormat, decision: LoggedDecision): unknown {
  const told = readText(format, written(format, [decision]));
  expect(told.refused).toEqual([]);
  return told.entries;
}

function roundTrip(format: FileFormat, arbitrary: fc.Arbitrary<LoggedDecision>): void {
  it(`${format.name}: what is written is read back, field by field`, () => {
    fc.assert(
      fc.property(arbitrary, (decision) => {
        expect(readBack(format, decision)).toEqual([{ kind: "decision", decision }]);
      }),
      { numRuns: 300 },
    );
  });
}

describe("a format holds what it can hold", () => {
  roundTrip(dsjson, withMore);
  roundTrip(jsonl, withMore);
  roundTrip(vw, decisions({ features: textFeatures, id: fc.option(word, { nil: undefined }), slotsMax: 1 }));
  roundTrip(obp, obpDecisions);
});

describe("whatever a file holds, reading goes on", () => {
  const noise = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.constantFrom(
      "shared |a",
      "0:1:0.5 |x",
      "|",
      "ccb slot 9:1:0.5",
      '{"c":{"_multi":[null]}}',
      '{"c":{"_multi":[{}]},"_outcomes":[{}]}',
      "item_id,click",
      "1,1",
    ),
    fc
      .record(
        { c: fc.record({ _multi: fc.anything() }), _label_cost: fc.anything(), a: fc.anything(), p: fc.anything() },
        { requiredKeys: ["c"] },
      )
      .map((value) => JSON.stringify(value, (_, v) => (typeof v === "bigint" ? null : v)) ?? ""),
  );
  for (const format of formats) {
    it(`${format.name}: every line is read or refused with a code, never thrown`, () => {
      fc.assert(
        fc.property(fc.array(noise, { maxLength: 8 }), (lines) => {
          const told = readText(format, lines.join("\n"));
          for (const { code } of told.refused) expect(code).toMatch(/^CB_[A-Z_]+$/);
        }),
        { numRuns: 300 },
      );
    });
  }
});
