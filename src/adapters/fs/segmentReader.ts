/**
 * Reads a stream of segments in order: complete valid frames only. At the end of the last segment an incomplete or
 * damaged frame is a write under way (or the torn end of a dead stream), and reading stops before it. In a segment
 * that another follows it is damage: CB_LOG_CORRUPT.
 */
import { crc32 } from "node:zlib";
import type { Position } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { type Decoded, decodeFirst, decodeFrames, FRAME_HEADER_BYTES, GAP_KIND } from "../../core/log/frame.ts";
import type { Batch } from "../../ports/log.ts";
import { type LiveSegment, type Segment, SegmentList, segmentAt } from "./segments.ts";
import { SegmentBytes } from "./segmentsBytes.ts";

export interface SegmentReaderOptions {
  readonly directory: string;
  readonly from: Position;
  /** Milliseconds of a clock that only grows; default `performance.now`. */
  readonly elapsed?: () => number;
}

export class SegmentReader {
  /** Where the next read begins. */
  position: Position;
  private readonly directory: string;
  private readonly list: SegmentList;
  private readonly bytes = new SegmentBytes(1);
  /** Fence of the segment that `position` was reached in. */
  private fence: number | undefined;

  constructor(options: SegmentReaderOptions) {
    this.directory = options.directory;
    this.position = options.from;
    this.list = new SegmentList(options.directory, options.elapsed);
  }

  /**
   * Frames from `position` on, which moves behind them: about `bytesMax` bytes (one frame at least, however long),
   * none when there is nothing new. Payloads are views of one piece of memory a read. One call at a time.
   * Cost when nothing is new: three system calls. @throws CB_LOG_CORRUPT, CB_LOG_TRIMMED, CB_LOG_FENCED
   */
  async read(bytesMax: number): Promise<Batch> {
    for (;;) {
      const segment = this.segmentHere();
      if (segment === undefined) return this.nothing();
      const end = this.endOf(segment);
      if (end === undefined) return this.nothing();
      if (this.position >= end) {
        if (!this.pass(segment)) return this.nothing();
        continue;
      }
      const decoded = await this.decode(segment, { end, bytesMax });
      if (decoded.frames.length === 0) {
        if (segment.limit === Number.POSITIVE_INFINITY) return this.nothing();
        throw corrupt(segment, this.position, `the frame is ${decoded.stop}`);
      }
      this.position = decoded.next;
      this.fence = segment.fence;
      const frames = decoded.frames.filter((frame) => frame.kind !== GAP_KIND);
      if (frames.length > 0) return { frames, next: this.position };
    }
  }

  /** Goes on at another position. */
  seek(position: Position): void {
    this.position = position;
    this.fence = undefined;
  }

  /** First position that is still kept; 0 for an empty stream. */
  first(): Position {
    this.list.refresh();
    return this.list.live[0]?.base ?? 0;
  }

  /** Where a newer fence overrode what was read here already; undefined when none did. */
  overridden(): Position | undefined {
    this.list.refresh();
    const base = this.newerBase(this.list.live);
    return base < this.position ? base : undefined;
  }

  /** Where newer fences begin or mean to (their segment may still be empty); Infinity where there are none. */
  barrier(): Position {
    this.list.refresh();
    return this.newerBase(this.list.all);
  }

  private newerBase(segments: readonly Segment[]): Position {
    const { fence } = this;
    let base = Number.POSITIVE_INFINITY;
    if (fence !== undefined)
      for (const segment of segments) if (segment.fence > fence) base = Math.min(base, segment.base);
    return base;
  }

  close(): void {
    this.bytes.close();
  }

  private nothing(): Batch {
    return { frames: [], next: this.position };
  }

  private segmentHere(): LiveSegment | undefined {
    if (this.overridden() !== undefined) {
      throw new BrigandError("CB_LOG_FENCED", { came: this.fence ?? 0, fence: this.list.live.at(-1)?.fence ?? 0 });
    }
    const { live } = this.list;
    if (live.length > 0 && this.position < live[0].base) {
      if (!this.beginsWithGap(live[0])) {
        const first = live[0].base;
        throw new BrigandError("CB_LOG_TRIMMED", { came: this.position, place: this.directory, first });
      }
      this.position = live[0].base;
    }
    return live[segmentAt(live, this.position)];
  }

  /** Position after the segment's last byte that counts; undefined when the file has gone since it was listed. */
  private endOf(segment: LiveSegment): Position | undefined {
    const size = this.bytes.sizeOf(segment.path);
    if (size === undefined) this.list.invalidate();
    return size === undefined ? undefined : Math.min(segment.base + size, segment.limit);
  }

  /** From the end of a segment over refused frames to the next; false while that is not known to be one. */
  private pass(segment: LiveSegment): boolean {
    const next = this.list.live[segmentAt(this.list.live, segment.limit)];
    if (segment.limit === Number.POSITIVE_INFINITY || next === undefined) return false;
    const size = this.bytes.sizeOf(next.path);
    if (size === undefined || size < FRAME_HEADER_BYTES) {
      this.list.invalidate();
      return false;
    }
    if (!this.beginsWithGap(next)) {
      throw corrupt(segment, this.position, `${next.base - this.position} bytes are missing before the next segment`);
    }
    this.position = next.base;
    return true;
  }

  private beginsWithGap(segment: LiveSegment): boolean {
    const head = this.bytes.readSync(segment.path, { offset: 0, length: FRAME_HEADER_BYTES });
    return decodeFirst(head, segment.base, crc32).frames[0]?.kind === GAP_KIND;
  }

  private async decode(segment: LiveSegment, bound: { end: Position; bytesMax: number }): Promise<Decoded> {
    const offset = this.position - segment.base;
    const available = bound.end - this.position;
    let length = Math.min(available, bound.bytesMax);
    for (;;) {
      const bytes = await this.bytes.read(segment.path, { offset, length });
      const decoded = decodeFrames(bytes, this.position, crc32);
      if (decoded.frames.length > 0 || decoded.stop !== "torn" || length >= available) return decoded;
      length = Math.min(available, Math.max(decoded.need, 2 * FRAME_HEADER_BYTES));
    }
  }
}

function corrupt(segment: LiveSegment, position: Position, problem: string): BrigandError {
  return new BrigandError("CB_LOG_CORRUPT", { place: `position ${position} in ${segment.path}`, problem });
}
