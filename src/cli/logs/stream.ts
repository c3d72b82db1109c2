/**
 * The frames of a policy's raw log in the order of their times, over all its streams. A stream is opened when its first
 * frame's turn has come, so memory and open files go with the streams that overlap in time (the server processes that
 * ran at once), not with the log's length.
 */
import type { Layout } from "../../adapters/fs/layout.ts";
import { isStreamFolder } from "../../adapters/fs/layout.ts";
import { SegmentReader } from "../../adapters/fs/segmentReader.ts";
import { listSegments, namesIn } from "../../adapters/fs/segments.ts";
import type { Position, TimeMs } from "../../core/domain.ts";
import type { Frame } from "../../core/log/frame.ts";

const READ_BYTES = 256 * 1024;
const FIRST_READ_BYTES = 4 * 1024;

export interface FramesQuery {
  readonly layout: Layout;
  readonly policy: string;
  /** Whole segments before this time are passed over. */
  readonly from?: TimeMs;
}

/** Memory: 256 KiB, or one frame, for each stream that overlaps. @throws CB_LOG_CORRUPT, CB_LOG_TRIMMED */
export async function* framesByTime({ layout, policy, from }: FramesQuery): AsyncGenerator<Frame, void, undefined> {
  const waiting: Cursor[] = [];
  for (const stream of namesIn(layout.walOf(policy)).filter(isStreamFolder)) {
    const cursor = await Cursor.at(layout.streamOf(policy, stream), from);
    if (cursor !== undefined) waiting.push(cursor);
  }
  waiting.sort((a, b) => b.time - a.time);
  const open: Cursor[] = [];
  try {
    for (;;) {
      let earliest = earliestOf(open);
      const next = waiting.at(-1);
      if (next !== undefined && (earliest === undefined || next.time < earliest.time)) {
        waiting.pop();
        open.push(next);
        earliest = next;
      }
      if (earliest === undefined) return;
      const frame = await earliest.take();
      if (frame !== undefined) yield frame;
      if (earliest.isOver) open.splice(open.indexOf(earliest), 1);
    }
  } finally {
    for (const cursor of open) cursor.close();
  }
}

function earliestOf(cursors: readonly Cursor[]): Cursor | undefined {
  return cursors.reduce<Cursor | undefined>(
    (best, cursor) => (best === undefined || cursor.time < best.time ? cursor : best),
    undefined,
  );
}

/** One stream, and the time of its next frame; closed until its first frame is taken. */
class Cursor {
  time: TimeMs;
  isOver = false;
  private readonly directory: string;
  private readonly from: Position;
  private reader: SegmentReader | undefined;
  private frames: readonly Frame[] = [];
  private index = 0;

  private constructor(directory: string, from: Position, time: TimeMs) {
    this.directory = directory;
    this.from = from;
    this.time = time;
  }

  /**
   * At the last segment that begins before `from`, else at the first; undefined for a stream without frames. Times of
   * a stream only grow, so nothing of the time asked for stands before it.
   */
  static async at(directory: string, from = Number.NEGATIVE_INFINITY): Promise<Cursor | undefined> {
    let earliest: Frame | undefined;
    for (const { base } of listSegments(directory).toReversed()) {
      earliest = (await firstFrame(directory, base)) ?? earliest;
      if (earliest !== undefined && earliest.time < from) break;
    }
    return earliest && new Cursor(directory, earliest.position, earliest.time);
  }

  async take(): Promise<Frame | undefined> {
    this.reader ??= new SegmentReader({ directory: this.directory, from: this.from });
    if (this.index >= this.frames.length) await this.refill(this.reader);
    const frame = this.frames[this.index++];
    if (frame === undefined) {
      this.close();
      return undefined;
    }
    if (this.index >= this.frames.length) await this.refill(this.reader);
    this.time = this.frames[this.index]?.time ?? frame.time;
    return frame;
  }

  close(): void {
    this.isOver = true;
    this.reader?.close();
  }

  private async refill(reader: SegmentReader): Promise<void> {
    this.frames = (await reader.read(READ_BYTES)).frames;
    this.index = 0;
    if (this.frames.length === 0) this.close();
  }
}

async function firstFrame(directory: string, from: Position): Promise<Frame | undefined> {
  const reader = new SegmentReader({ directory, from });
  try {
    return (await reader.read(FIRST_READ_BYTES)).frames[0];
  } finally {
    reader.close();
  }
}
