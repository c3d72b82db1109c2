/**
 * One frame of an append-only stream.
 *
 *   u32 payload length | u32 crc32 of the 9 + length bytes after it | u8 kind | f64 time | payload
 *
 * Little-endian. A frame's position is the byte offset at which it starts in its stream.
 */
import type { Position, TimeMs } from "../domain.ts";
import type { Crc32 } from "../math/crc32.ts";
import type { LogRecord } from "./records.ts";

export const FRAME_HEADER_BYTES = 17;
/** A length above this is not a frame but damage. */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024;
/**
 * Kind of the frame that says: everything between the end of the segment before and this one was refused
 * (CB_LOG_WRITE_FAILED) and is not missing. Readers pass over it.
 */
export const GAP_KIND = 0;

export interface Frame {
  readonly position: Position;
  /** Position just after this frame. */
  readonly next: Position;
  readonly kind: number;
  readonly time: TimeMs;
  readonly payload: Uint8Array;
  /** What the payload says, where somebody has it at hand: it may be empty then. */
  readonly record?: LogRecord;
}

/** What a writer gives: the payload may come in pieces. `kind` 1 … 255. */
export interface FrameInput {
  readonly kind: number;
  readonly time: TimeMs;
  readonly payload: readonly Uint8Array[];
}

export function frameBytes(payload: readonly Uint8Array[]): number {
  let bytes = FRAME_HEADER_BYTES;
  for (const piece of payload) bytes += piece.byteLength;
  return bytes;
}

/** Writes one frame at `target.offset`; returns the offset after it. The caller made room for `frameBytes`. */
export function writeFrame(target: FrameTarget, frame: FrameInput, crc32: Crc32): number {
  const { bytes, view, offset } = target;
  let end = offset + FRAME_HEADER_BYTES;
  for (const piece of frame.payload) {
    bytes.set(piece, end);
    end += piece.byteLength;
  }
  view.setUint32(offset, end - offset - FRAME_HEADER_BYTES, true);
  view.setUint8(offset + 8, frame.kind);
  view.setFloat64(offset + 9, frame.time, true);
  view.setUint32(offset + 4, crc32(bytes.subarray(offset + 8, end)), true);
  return end;
}

/** Bytes to write to; `view` spans the same bytes. */
export interface FrameTarget {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly offset: number;
}

/** One frame in a buffer of its own. */
export function encodeFrame(frame: FrameInput, crc32: Crc32): Uint8Array {
  const bytes = new Uint8Array(frameBytes(frame.payload));
  writeFrame({ bytes, view: new DataView(bytes.buffer), offset: 0 }, frame, crc32);
  return bytes;
}

/**
 * Why decoding stopped. end: the bytes are used up · torn: the next frame goes on beyond them · corrupt: what
 * stands there is no frame (a wrong sum or an impossible length).
 */
export type FrameStop = "end" | "torn" | "corrupt";

export interface Decoded {
  readonly frames: readonly Frame[];
  /** Position at which decoding stopped, just after the last frame. */
  readonly next: Position;
  readonly stop: FrameStop;
  /** Bytes that the next frame needs in all, as far as known; 0 unless torn. */
  readonly need: number;
}

/**
 * All complete valid frames at the start of `bytes`, which stand at `position` in their stream. Payloads are views
 * of `bytes`, not copies. Cost: about 1 µs a frame and the checksum.
 */
export function decodeFrames(bytes: Uint8Array, position: Position, crc32: Crc32): Decoded {
  return decode(bytes, position, { crc32, framesMax: Number.POSITIVE_INFINITY });
}

/** The same for the first frame alone. */
export function decodeFirst(bytes: Uint8Array, position: Position, crc32: Crc32): Decoded {
  return decode(bytes, position, { crc32, framesMax: 1 });
}

function decode(bytes: Uint8Array, position: Position, how: { crc32: Crc32; framesMax: number }): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: Frame[] = [];
  let offset = 0;
  let stop: FrameStop = "end";
  let need = 0;
  while (offset < bytes.byteLength && frames.length < how.framesMax) {
    const size = frameSizeAt(view, offset);
    if (size === undefined) {
      stop = "corrupt";
      break;
    }
    if (offset + size > bytes.byteLength) {
      stop = "torn";
      need = size;
      break;
    }
    if (how.crc32(bytes.subarray(offset + 8, offset + size)) !== view.getUint32(offset + 4, true)) {
      stop = "corrupt";
      break;
    }
    frames.push({
      position: position + offset,
      next: position + offset + size,
      kind: view.getUint8(offset + 8),
      time: view.getFloat64(offset + 9, true),
      payload: bytes.subarray(offset + FRAME_HEADER_BYTES, offset + size),
    });
    offset += size;
  }
  return { frames, next: position + offset, stop, need };
}

/** Bytes of the frame at `offset` (a header's worth where the header itself is cut); undefined for no frame. */
function frameSizeAt(view: DataView, offset: number): number | undefined {
  if (offset + FRAME_HEADER_BYTES > view.byteLength) return FRAME_HEADER_BYTES;
  const size = view.getUint32(offset, true) + FRAME_HEADER_BYTES;
  return size <= FRAME_BYTES_MAX ? size : undefined;
}
