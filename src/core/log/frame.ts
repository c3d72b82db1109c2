/**
 * One frame of an append-only stream.
 *
 *   u32 payload length | u32 crc32 of the 9 + length bytes after it | u8 kind | f64 time | payload
 *
 * Little-endian. A frame's position is the byte offset at which it starts in its stream.
 */
import type { Position, TimeMs } from "../domain.ts";

export const FRAME_HEADER_BYTES = 17;

export interface Frame {
  readonly position: Position;
  /** Position just after this frame. */
  readonly next: Position;
  readonly kind: number;
  readonly time: TimeMs;
  readonly payload: Uint8Array;
}
