/**
 * Payload of a frame: `u32 length of the head | head: JSON, UTF-8 | float32 little-endian …`. What the floats are
 * follows from the head. Written by one thread; every payload is a piece of a slab and is never written again.
 */
import { BrigandError } from "../errors.ts";

/** As small as those of `core/math/slab.ts`, and for the same reason. */
const SLAB_BYTES = 64 * 1024;
const utf8 = new TextEncoder();
const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const noFloats = new Float32Array(0);

let slab = new Uint8Array(0);
let used = 0;

/** Cost: one encodeInto, one copy a tail. @param head JSON text. */
export function packPayload(head: string, tails: readonly Float32Array[]): Uint8Array {
  let tailBytes = 0;
  for (const tail of tails) tailBytes += tail.byteLength;
  const room = 4 + head.length * 3 + tailBytes;
  if (used + room > slab.byteLength) {
    slab = new Uint8Array(Math.max(SLAB_BYTES, room));
    used = 0;
  }
  const start = used;
  const { written } = utf8.encodeInto(head, slab.subarray(start + 4));
  slab[start] = written;
  slab[start + 1] = written >>> 8;
  slab[start + 2] = written >>> 16;
  slab[start + 3] = written >>> 24;
  let end = start + 4 + written;
  for (const tail of tails) {
    slab.set(new Uint8Array(tail.buffer, tail.byteOffset, tail.byteLength), end);
    end += tail.byteLength;
  }
  used = end;
  return slab.subarray(start, end);
}

/**
 * The head as text and the floats copied out (a payload starts at any byte, a Float32Array at a multiple of four).
 * @throws CB_LOG_CORRUPT where the lengths do not fit.
 */
export function unpackPayload(payload: Uint8Array): { head: string; floats: Float32Array } {
  const end = headEnd(payload);
  const head = text.decode(payload.subarray(4, end));
  if (end === payload.byteLength) return { head, floats: noFloats };
  // A Buffer's slice would be a view.
  const tail = new Uint8Array(payload.subarray(end));
  return { head, floats: new Float32Array(tail.buffer, 0, tail.byteLength / 4) };
}

/** Offset just after the head. */
export function headEnd(payload: Uint8Array): number {
  const end = 4 + (payload[0] + payload[1] * 2 ** 8 + payload[2] * 2 ** 16 + payload[3] * 2 ** 24);
  if (!(end <= payload.byteLength) || (payload.byteLength - end) % 4 !== 0) {
    const problem = `a payload of ${payload.byteLength} bytes says that its head ends at ${end}`;
    throw new BrigandError("CB_LOG_CORRUPT", { place: "a frame", problem });
  }
  return end;
}
