import { crc32 as native } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeRecord, encodeDecision, encodeRecord, peekDecisionId } from "../../../src/core/log/codec.ts";
import { decodeFrames, encodeFrame } from "../../../src/core/log/frame.ts";
import { type DecisionRecord, type LogRecord, RecordKind } from "../../../src/core/log/records.ts";
import { crc32 } from "../../../src/core/math/crc32.ts";

const id = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom('"', "\\", '\\"', "\u2028", "é", "名前", "🎈", "\u0000", "a\nb", ""),
);
const real = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const features = fc.dictionary(
  id.filter((name) => name !== "__proto__"),
  fc.oneof(real, id, fc.boolean(), fc.array(id, { maxLength: 3 })),
  { maxKeys: 4 },
);
const floats = (length: number) =>
  fc.float32Array({ noNaN: true, noDefaultInfinity: true, minLength: length, maxLength: length });

const decision: fc.Arbitrary<DecisionRecord> = fc
  .record({ n: fc.nat(6), slotsMax: fc.nat(6), columns: fc.nat(5), full: fc.boolean(), noisy: fc.boolean() })
  .chain(({ n, slotsMax, columns, full, noisy }) => {
    const slots = Math.min(n, slotsMax);
    return fc.record({
      kind: fc.constant(RecordKind.decision),
      v: fc.constant(noisy ? 2 : 1),
      id,
      workspace: id,
      policy: id,
      variant: id,
      modelVersion: fc.nat(),
      columns: fc.constant(columns),
      subject: fc.option(id, { nil: undefined }),
      session: fc.option(id, { nil: undefined }),
      unit: fc.constantFrom("user", "session", "decision"),
      consent: fc.array(id, { maxLength: 2 }),
      at: fc.nat(),
      served: fc.constantFrom("model", "baseline", "degraded"),
      reason: fc.option(id, { nil: undefined }),
      deferred: fc.boolean(),
      context: fc.option(features, { nil: undefined }),
      user: fc.option(features, { nil: undefined }),
      explorer: id,
      parameters: fc.dictionary(fc.constantFrom("theta", "tauMin"), real),
      floor: real,
      nonce: id,
      seed: id,
      passProbability: real,
      full: fc.constant(full),
      bodyHash: fc.option(id, { nil: undefined }),
      items: fc.array(id, { minLength: n, maxLength: n }),
      inputPosition: fc.option(fc.array(fc.nat(), { minLength: n, maxLength: n }), { nil: undefined }),
      pins: fc.option(fc.array(fc.record({ itemIndex: fc.nat(), position: fc.nat() }), { maxLength: 2 }), {
        nil: undefined,
      }),
      slots: fc.array(fc.nat(), { minLength: slots, maxLength: slots }),
      propensity: fc.array(real, { minLength: slots, maxLength: slots }),
      score: floats(n),
      uncertainty: floats(n),
      shown: floats(slots * columns),
      ...(full ? { candidates: floats(n * columns) } : {}),
      ...(noisy ? { noise: noiseOf(slots), publicScore: floats(n) } : {}),
    }) as fc.Arbitrary<DecisionRecord>;
  });

function noiseOf(slots: number) {
  const whole = fc.array(fc.maxSafeNat(), { minLength: slots, maxLength: slots });
  return fc.record({ words: id, weight: whole, sum: whole, personal: fc.boolean(), epsilon: real });
}

function framed(kind: number, payload: Uint8Array, offset: number) {
  const bytes = new Uint8Array([
    ...new Uint8Array(offset),
    ...encodeFrame({ kind, time: 12.5, payload: [payload] }, native),
  ]);
  return decodeFrames(bytes.subarray(offset), 1000, crc32).frames[0];
}

test("a decision whose items come as text already has the line that it has without", () => {
  fc.assert(
    fc.property(fc.array(decision, { minLength: 1, maxLength: 3 }), (records) => {
      const plain = records.map((record) => Buffer.from(encodeDecision(record)));
      const told = records.map((record) =>
        Buffer.from(encodeDecision({ ...record, itemsText: JSON.stringify(record.items) })),
      );
      expect(told).toStrictEqual(plain);
    }),
  );
});

test("a decision reads back as it was written, whatever its ids, at whatever byte its frame starts", () => {
  fc.assert(
    fc.property(decision, fc.nat(7), (record, offset) => {
      const frame = framed(record.kind, encodeDecision(record), offset);
      expect(decodeRecord(frame)).toStrictEqual(withoutAbsent(record));
      expect(peekDecisionId(frame)).toBe(record.id);
    }),
    { numRuns: 300 },
  );
});

test("rewards, events and scores of shadows read back as they were written", () => {
  const reward: fc.Arbitrary<LogRecord> = fc.record({
    kind: fc.constant(RecordKind.reward),
    decision: id,
    item: fc.option(id, { nil: undefined }),
    value: real,
    at: fc.nat(),
  });
  const item: fc.Arbitrary<LogRecord> = fc.record({
    kind: fc.constant(RecordKind.item),
    id,
    item: id,
    features,
    at: fc.nat(),
  });
  const shadow: fc.Arbitrary<LogRecord> = fc.nat(6).chain((n) =>
    fc.record({
      kind: fc.constant(RecordKind.shadow),
      decision: id,
      version: fc.nat(),
      score: floats(n),
      uncertainty: floats(n),
      at: fc.nat(),
    }),
  );
  fc.assert(
    fc.property(fc.oneof(reward, item, shadow), (record) => {
      const frame = framed(record.kind, encodeRecord(record), 0);
      expect(decodeRecord(frame)).toStrictEqual(withoutAbsent(record));
      expect(peekDecisionId(frame)).toBeUndefined();
    }),
  );
});

test("our checksum is zlib's", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      expect(crc32(a)).toBe(native(a));
      expect(crc32(b, crc32(a))).toBe(native(b, native(a)));
    }),
  );
});

test("a frame with any bit turned is not delivered", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(), fc.nat(7), (payload, at, bit) => {
      const bytes = encodeFrame({ kind: 3, time: 7, payload: [payload] }, crc32);
      bytes[at % bytes.length] ^= 1 << bit;
      expect(decodeFrames(bytes, 0, crc32).frames).toHaveLength(0);
    }),
  );
});

/** JSON has no `undefined`; fast-check's dictionaries have no prototype. */
function withoutAbsent(record: LogRecord): LogRecord {
  const plain = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    plain.map(([name, value]) => [name, value instanceof Float32Array ? value : JSON.parse(JSON.stringify(value))]),
  ) as unknown as LogRecord;
}
