import fc from "fast-check";
import { expect, test } from "vitest";
import type { Features } from "../../../src/core/domain.ts";
import type { EventRecord } from "../../../src/core/events/toRecord.ts";
import { Catalogue } from "../../../src/core/features/catalogue.ts";
import { encode } from "../../../src/core/features/encode.ts";
import type { PolicyState } from "../../../src/core/features/policyState.ts";
import { Schema } from "../../../src/core/features/schema.ts";
import { FeatureState } from "../../../src/core/features/state.ts";
import type { Operation } from "../../../src/core/join/operations.ts";
import { RecordKind } from "../../../src/core/log/records.ts";
import { applyOperation, defaultBounds, Pipeline } from "../../../src/core/pipeline.ts";
import { defaultSettings } from "../../../src/core/settings/policy.ts";
import { Experiment } from "../../../src/core/variants/experiment.ts";
import { memoryStore } from "../../../training/evaluate/memoryStore.ts";

const itemId = fc.constantFrom("a", "b", "c", "d", "e", "f");
const subject = fc.constantFrom("s1", "s2", "s3");
const tame: fc.Arbitrary<Features> = fc.record({
  price: fc.integer({ min: 0, max: 50 }),
  genre: fc.subarray(["drama", "comedy", "war"]),
});
const context: fc.Arbitrary<Features> = fc.record({
  device: fc.constantFrom("phone", "tv"),
  hour: fc.integer({ min: 0, max: 23 }),
});

/** A record by kind; times are given by the order. */
type Draft = (at: number, n: number) => EventRecord;
const draft: fc.Arbitrary<Draft> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ item: itemId, features: tame }).map(
      ({ item, features }): Draft =>
        (at, n) => ({ kind: RecordKind.item, id: `i${n}`, item, features, at }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ subject, features: context }).map(
      ({ subject: who, features }): Draft =>
        (at, n) => ({ kind: RecordKind.user, id: `u${n}`, subject: who, features, at }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({
        subject: fc.option(subject, { nil: undefined }),
        context,
        ids: fc.uniqueArray(itemId, { minLength: 1 }),
      })
      .map(
        (drawn): Draft =>
          (at, n) => ({
            kind: RecordKind.ranking,
            id: `r${n}`,
            subject: drawn.subject,
            context: drawn.context,
            items: drawn.ids.map((id) => ({ id })),
            at,
          }),
      ),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({ back: fc.integer({ min: 1, max: 6 }), item: itemId, value: fc.integer({ min: -2, max: 3 }) })
      .map(
        ({ back, item, value }): Draft =>
          (at, n) => ({
            kind: RecordKind.interaction,
            id: `x${n}`,
            ranking: `r${n - back}`,
            type: "click",
            item,
            value,
            at,
          }),
      ),
  },
);
/** Steps of time are of the size of the settling, so that some rewards come before it and some after. */
const stream = fc
  .array(fc.record({ draft, wait: fc.constantFrom(0, 500, 1500, 4000) }), { minLength: 30, maxLength: 90, size: "max" })
  .map((list) => {
    let at = 1_000_000;
    return list.map((step, n) => {
      at += step.wait;
      return step.draft(at, n);
    });
  });

interface Run {
  /** Rows of every ranking by its id, as encoded before it. */
  readonly encoded: Map<string, Float32Array>;
  readonly log: (EventRecord | { readonly operation: Operation })[];
  readonly pipeline: Pipeline;
}

function run(records: readonly EventRecord[]): Run {
  const encoded = new Map<string, Float32Array>();
  const log: Run["log"] = [];
  const store = memoryStore((operation) => log.push({ operation }));
  const pipeline = new Pipeline({
    settings: defaultSettings,
    bounds: defaultBounds,
    store,
    onRanking: (record, rows) => encoded.set(record.id, rows.dense.slice()),
  });
  for (const record of records) {
    pipeline.apply(record, record.at, "import-1");
    if (record.kind === RecordKind.item || record.kind === RecordKind.user) log.push(record);
  }
  return { encoded, log, pipeline };
}

function request(state: PolicyState, who: string | undefined) {
  const items = ["a", "b", "c", "d", "e", "f", "unknown"].map((id) => ({ id }));
  const asked = {
    subject: who,
    context: { device: "phone", hour: 7 },
    items,
    inputPosition: items.map((_, i) => i),
    at: 2_000_000,
  };
  return encode(state, asked);
}

test("a ranking is encoded from what is strictly before it: cutting off the future changes nothing", () => {
  fc.assert(
    fc.property(stream, fc.nat(), (records, cut) => {
      const whole = run(records).encoded;
      const part = run(records.slice(0, cut % records.length)).encoded;
      for (const [id, rows] of part) expect(rows).toEqual(whole.get(id));
    }),
    { numRuns: 40 },
  );
});

test("feedback for a ranking never changes the rows of that ranking", () => {
  fc.assert(
    fc.property(stream, (records) => {
      const whole = run(records).encoded;
      const last = records.findLast((record) => record.kind === RecordKind.ranking);
      const without = records.filter((record) => record.kind !== RecordKind.interaction || record.ranking !== last?.id);
      if (last !== undefined) expect(run(without).encoded.get(last.id)).toEqual(whole.get(last.id));
    }),
    { numRuns: 40 },
  );
});

test("whoever folds the catalogue and the operations from scratch encodes the same bits as the pipeline", () => {
  fc.assert(
    fc.property(stream, fc.option(subject, { nil: undefined }), (records, who) => {
      const { log, pipeline } = run(records);
      const catalogue = new Catalogue();
      const experiment = new Experiment();
      const state: PolicyState = { catalogue, features: new FeatureState(catalogue), schema: new Schema(), experiment };
      for (const entry of log) {
        if ("operation" in entry) applyOperation(state, entry.operation);
        else if (entry.kind === RecordKind.item || entry.kind === RecordKind.user) catalogue.apply(entry);
      }
      expect(request(state, who)).toEqual(request(pipeline.state, who));
      expect(state.features.total).toEqual(pipeline.state.features.total);
    }),
    { numRuns: 40 },
  );
});

test("encoding changes nothing: asked again it gives the same bits, whatever was asked in between", () => {
  fc.assert(
    fc.property(stream, (records) => {
      const { state } = run(records).pipeline;
      const first = request(state, "s1");
      request(state, "s2");
      request(state, undefined);
      expect(request(state, "s1")).toEqual(first);
    }),
    { numRuns: 40 },
  );
});

test("a list that comes again as one object is encoded as one made anew, whatever came in between", () => {
  const items = ["a", "b", "c", "d", "e", "f", "unknown"].map((id) => ({ id }));
  const inputPosition = items.map((_, i) => i);
  fc.assert(
    fc.property(stream, (records) => {
      const { log } = run(records);
      const catalogue = new Catalogue();
      const experiment = new Experiment();
      const state: PolicyState = { catalogue, features: new FeatureState(catalogue), schema: new Schema(), experiment };
      let at = 1_000_000;
      for (const entry of log) {
        if ("operation" in entry) applyOperation(state, entry.operation);
        else if (entry.kind === RecordKind.item || entry.kind === RecordKind.user) catalogue.apply(entry);
        for (const who of ["s1", undefined]) {
          at += 250;
          const asked = { subject: who, context: { device: "phone", hour: 7 }, at };
          const again = encode(state, { ...asked, items, inputPosition });
          expect(again).toEqual(encode(state, { ...asked, items: [...items], inputPosition: [...inputPosition] }));
        }
      }
    }),
    { numRuns: 40 },
  );
});

test("item counts and sums agree with the operations, with rows taken back too", () => {
  fc.assert(
    fc.property(stream, (records) => {
      const { features } = run(records).pipeline.state;
      const n = features.byIndex.reduce((sum, item) => sum + item.n, 0);
      const sum = features.byIndex.reduce((total, item) => total + item.sum, 0);
      expect(features.total).toEqual({ n, sum });
    }),
    { numRuns: 40 },
  );
});

const odd = fc.constantFrom(
  "__proto__",
  "constructor",
  "toString",
  "\ud800",
  "a|z",
  "a:b",
  "%",
  "",
  "length",
  "0",
  "$m",
  "\u0000",
);
const name = fc.oneof(odd, fc.string({ unit: "binary", maxLength: 8 }));
const { value: garbage } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<unknown>(null, true, false, -0, 1e308, -1e308, 5e-324, 2 ** 53, "", "x", "\ud800"),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: "binary", maxLength: 70 }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(name, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
/** As they come over the wire: JSON.parse makes an own property of "__proto__". */
const features = fc
  .dictionary(name, garbage, { maxKeys: 6, noNullPrototype: true })
  .map((drawn): Features => JSON.parse(JSON.stringify(drawn)));

test("any JSON as features of items, user and context gives finite rows and never throws", () => {
  fc.assert(
    fc.property(
      fc.array(features, { minLength: 2, maxLength: 4 }),
      fc.array(features, { minLength: 2, maxLength: 4 }),
      (things, contexts) => {
        const { pipeline, encoded } = run([]);
        let at = 1000;
        for (let round = 0; round < 12; round++) {
          for (const [i, given] of things.entries()) {
            at += 1000;
            const id = `${round} ${i}`;
            pipeline.apply(
              { kind: RecordKind.item, id, item: `item${(round + i) % 5}`, features: given, at },
              at,
              "import-1",
            );
            pipeline.apply(
              { kind: RecordKind.user, id, subject: "s", features: contexts[round % contexts.length], at },
              at,
              "import-1",
            );
            const items = things.map((own, k) =>
              k % 2 === 0 ? { id: `item${k}` } : { id: `item${k}`, features: own },
            );
            const asked = contexts[(round + i) % contexts.length];
            pipeline.apply({ kind: RecordKind.ranking, id, subject: "s", context: asked, items, at }, at, "import-1");
            pipeline.apply(
              { kind: RecordKind.interaction, id, ranking: id, type: "click", item: "item0", at },
              at,
              "import-1",
            );
          }
        }
        for (const rows of encoded.values()) expect(rows.every(Number.isFinite)).toBe(true);
        expect(encoded.size).toBe(12 * things.length);
      },
    ),
    { numRuns: 60 },
  );
});
