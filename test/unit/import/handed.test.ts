import { describe, expect, test } from "vitest";
import { encodeRecord } from "../../../src/core/log/codec.ts";
import type { Frame } from "../../../src/core/log/frame.ts";
import { RecordPacker } from "../../../src/core/log/handed.ts";
import { type LogRecord, RecordKind } from "../../../src/core/log/records.ts";
import type { Transport } from "../../../src/ports/log.ts";
import { type Handed, HandedStreams } from "../../../workers/import/handed.ts";

const BYTES = 100;
const MANY = 1_000_000;
const place = { policy: "shop", stream: "import-1-1" };
const other = { policy: "shop", stream: "server-1" };

const click = (n: number): LogRecord => ({
  kind: RecordKind.interaction,
  ...{ id: `i${n}`, ranking: "r", type: "click", item: `item-${n}`, at: n },
});

/** Frames `from` to `to` as the log has them, and as a packer hands them over. */
function stretch(packer: RecordPacker, from: number, to: number): Handed {
  for (let n = from; n < to; n++) {
    const record = click(n);
    packer.add(record, { end: (n + 1) * BYTES, time: n, payload: encodeRecord(record) });
  }
  return { place: 0, from: from * BYTES, next: to * BYTES, records: packer.take() };
}

/** A log of 100 records in every stream; notes what was read of it. */
function logOf(reads: string[]): Transport {
  const frame = (n: number): Frame => {
    const position = n * BYTES;
    return { position, next: position + BYTES, kind: RecordKind.interaction, time: n, payload: encodeRecord(click(n)) };
  };
  return {
    policies: async () => ["shop"],
    streams: async () => [place.stream, other.stream],
    read: async ({ stream, from, bytesMax }) => {
      const [first, n] = [from / BYTES, Math.min(100 - from / BYTES, bytesMax / BYTES)];
      reads.push(`${stream} ${first}-${first + n}`);
      const frames = Array.from({ length: n }, (_, i) => frame(first + i));
      return { frames, next: from + n * BYTES };
    },
    trim: async () => {},
    acquire: async () => undefined,
    close: async () => {},
  };
}

function setUp() {
  const reads: string[] = [];
  const handed = new HandedStreams([place]);
  const transport = handed.over(logOf(reads));
  let from = 0;
  const read = async (bytesMax = MANY): Promise<(number | string)[]> => {
    const { frames, next } = await transport.read({ ...place, from, bytesMax });
    from = next;
    return frames.map(({ time, record }) => (record === undefined ? `log ${time}` : time));
  };
  return { reads, handed, transport, read };
}

describe("a stream that is handed over", () => {
  test("is read from what has come, as far as it has come, and not from the log", async () => {
    const { reads, handed, read } = setUp();
    const packer = new RecordPacker();
    expect(await read()).toEqual([]);
    handed.put(stretch(packer, 0, 2));
    handed.put(stretch(packer, 2, 3));
    expect(await read()).toEqual([0, 1, 2]);
    expect(await read()).toEqual([]);
    expect(reads).toEqual([]);
  });

  test("is read in stretches of about as many bytes as were asked for", async () => {
    const { handed, read } = setUp();
    const packer = new RecordPacker();
    for (let n = 0; n < 8; n += 2) handed.put(stretch(packer, n, n + 2));
    expect(await read(3 * BYTES)).toEqual([0, 1, 2, 3]);
    expect(await read(3 * BYTES)).toEqual([4, 5, 6, 7]);
  });

  test("is read from the log where only its end was told, no further than that", async () => {
    const { reads, handed, read } = setUp();
    const packer = new RecordPacker();
    handed.put(stretch(packer, 0, 1));
    handed.put({ place: 0, from: BYTES, next: 3 * BYTES });
    handed.put({ place: 0, from: 3 * BYTES, next: 4 * BYTES });
    handed.put(stretch(packer, 4, 5));
    expect(await read()).toEqual([0]);
    expect(await read()).toEqual(["log 1", "log 2"]);
    expect(await read()).toEqual(["log 3"]);
    expect(await read()).toEqual([4]);
    expect(reads).toEqual([`${place.stream} 1-3`, `${place.stream} 3-4`]);
  });

  test("is read from the log where a stretch is missing, or its texts", async () => {
    const { handed, read } = setUp();
    const packer = new RecordPacker();
    handed.put(stretch(packer, 0, 1));
    stretch(packer, 1, 2);
    handed.put(stretch(packer, 2, 3));
    packer.restart();
    stretch(packer, 3, 4);
    handed.put(stretch(packer, 4, 5));
    handed.put(stretch(packer, 5, 6));
    const all: (number | string)[] = [];
    for (let k = 0; k < 6; k++) all.push(...(await read()));
    expect(all).toEqual([0, "log 1", "log 2", "log 3", "log 4", 5]);
  });

  test("leaves other streams to the log", async () => {
    const { reads, transport } = setUp();
    const { frames } = await transport.read({ ...other, from: 0, bytesMax: 2 * BYTES });
    expect(frames.map(({ time }) => time)).toEqual([0, 1]);
    expect(reads).toEqual([`${other.stream} 0-2`]);
  });
});
