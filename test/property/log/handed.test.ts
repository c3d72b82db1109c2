import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeRecord, encodeRecord } from "../../../src/core/log/codec.ts";
import { type HandedRecords, RecordPacker } from "../../../src/core/log/handed.ts";
import { RecordUnpacker } from "../../../src/core/log/handedReader.ts";
import { type LogRecord, RecordKind } from "../../../src/core/log/records.ts";

const id = fc.oneof(
  fc.string(),
  fc.constantFrom('"', "\\", "\u2028", "é", "名前", "🎈", "\ud800", "\u0000", "", "item-1", "item-2"),
);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
/** What JSON does not give back as it is, too. */
const number = fc.oneof(fc.double(), fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, 0, 1));
const features = fc.dictionary(id, fc.oneof(number, id, fc.boolean(), fc.array(id, { maxLength: 3 })), { maxKeys: 3 });
const at = fc.oneof({ weight: 9, arbitrary: fc.nat() }, { weight: 1, arbitrary: number });

const record: fc.Arbitrary<LogRecord> = fc.oneof(
  fc.record({
    kind: fc.constant(RecordKind.ranking),
    ...{ id, subject: maybe(id), session: maybe(id), context: maybe(features), at },
    items: fc.array(fc.record({ id, features: maybe(features) }), { maxLength: 4 }),
    slots: fc.option(fc.constant([0]), { nil: undefined, freq: 1 }),
    propensity: fc.option(fc.constant([0.5]), { nil: undefined, freq: 1 }),
  }),
  fc.record({
    kind: fc.constant(RecordKind.interaction),
    ...{ id, ranking: maybe(id), subject: maybe(id), session: maybe(id), type: id, item: id, value: maybe(number), at },
  }),
  fc.record({ kind: fc.constant(RecordKind.item), id, item: id, features, at }),
  fc.record({ kind: fc.constant(RecordKind.reward), decision: id, value: number, at }),
  fc.record({ kind: fc.constant(RecordKind.end), at }),
);

interface Given {
  readonly from: number;
  readonly records: readonly LogRecord[];
  readonly handed: HandedRecords | undefined;
}

/** Frames of 10 bytes each; `restarts` by batch. */
function pack(batches: readonly (readonly LogRecord[])[], restarts: readonly boolean[]): Given[] {
  const packer = new RecordPacker();
  let end = 0;
  return batches.map((records, b) => {
    const from = end;
    for (const one of records) {
      end += 10;
      packer.add(one, { end, time: end * 2, payload: encodeRecord(one) });
    }
    if (restarts[b]) packer.restart();
    return { from, records, handed: packer.take() };
  });
}

const fromLog = (one: LogRecord, i: number, from: number) => {
  const position = from + 10 * i;
  const frame = { position, next: position + 10, kind: one.kind, time: (position + 10) * 2 };
  return { ...frame, record: decodeRecord({ ...frame, payload: encodeRecord(one) }) };
};

test("what is handed over equals what the log says, bit for bit, over any number of batches", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(record, { maxLength: 6 }), { maxLength: 5 }),
      fc.array(fc.boolean()),
      (lists, again) => {
        const unpacker = new RecordUnpacker();
        for (const { from, records, handed } of pack(lists, again)) {
          if (handed === undefined) {
            expect(records).toEqual([]);
            continue;
          }
          const frames = unpacker.frames(structuredClone(handed), from) ?? [];
          const read = frames.map((frame) => {
            const { position, next, kind, time } = frame;
            return { position, next, kind, time, record: decodeRecord(frame) };
          });
          expect(read).toEqual(records.map((one, i) => fromLog(one, i, from)));
          expect(frames.map(decodeRecord)).toEqual(read.map(({ record: one }) => one));
        }
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

test("a batch whose texts were told in one that did not arrive is never read wrongly", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(record, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 8 }),
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      (lists, again, arrives) => {
        const unpacker = new RecordUnpacker();
        pack(lists, again).forEach(({ from, records, handed }, b) => {
          if (handed === undefined || !arrives[b]) return;
          const frames = unpacker.frames(handed, from);
          if (frames !== undefined)
            expect(frames.map(decodeRecord)).toEqual(records.map((one, i) => fromLog(one, i, from).record));
        });
      },
    ),
    { seed: 2, numRuns: 300 },
  );
});

test("after texts are told again everything can be read, whatever was lost before", () => {
  const click = (n: number): LogRecord => {
    const who = { subject: "s", session: undefined, ranking: "r", item: `item-${n}` };
    return { kind: RecordKind.interaction, id: `i${n}`, type: "click", at: n, ...who };
  };
  const batches = pack([[click(1)], [click(2)], [click(3)]], [false, true, false]);
  const unpacker = new RecordUnpacker();
  const read = [batches[1], batches[2]].map(({ handed, from }) => handed && unpacker.frames(handed, from));
  expect(read[0]).toBeUndefined();
  expect(read[1]?.map(decodeRecord)).toEqual([click(3)]);
});
