/**
 * The frames of a policy's raw log in the order of their times, over all its streams (of one time: by the streams'
 * names). A stream is opened when its first
 * frame's turn has come, so memory and open files go with the streams that overlap in time (the server processes that
 * ran at once), not with the log's length.
 */
import type { Position, TimeMs } from "../../core/domain.ts";
import type { Frame } from "../../core/log/frame.ts";
import { LATE_MS, type LogCursor } from "../../core/logs/cursor.ts";
import type { Layout } from "./layout.ts";
import { isStreamFolder } from "./layout.ts";
import { SegmentReader } from "./segmentReader.ts";
import { listSegments, namesIn } from "./segments.ts";

const READ_BYTES = 256 * 1024;
const FIRST_READ_BYTES = 4 * 1024;

export interface FramesQuery {
  readonly layout: Layout;
  readonly policy: string;
  /** Whole segments before this time are passed over. */
  readonly from?: TimeMs;
  /** Only what a listing that ended here did not give. */
  readonly after?: LogCursor;
}

export interface StreamFrame {
  readonly stream: string;
  readonly frame: Frame;
}

/**
 * Memory: 256 KiB, or one frame, for each stream that overlaps.
 * @throws CB_LOG_CORRUPT, CB_LOG_TRIMMED
 */
export async function* framesByTime(query: FramesQuery): AsyncGenerator<StreamFrame, void, undefined> {
  const { layout, policy, from = Number.NEGATIVE_INFINITY, after } = query;
  const given = after === undefined ? Number.NEGATIVE_INFINITY : after.time - LATE_MS;
  const waiting: Cursor[] = [];
  for (const stream of namesIn(layout.walOf(policy)).filter(isStreamFolder)) {
    const place = { directory: layout.streamOf(policy, stream), stream };
    const position = after?.positions.get(stream);
    const cursor =
      position === undefined ? await Cursor.at(place, Math.max(from, given)) : await Cursor.behind(place, position);
    if (cursor !== undefined) waiting.push(cursor);
  }
  waiting.sort((a, b) => order(b, a));
  const open: Cursor[] = [];
  try {
    for (;;) {
      let earliest = earliestOf(open);
      const next = waiting.at(-1);
      if (next !== undefined && (earliest === undefined || order(next, earliest) < 0)) {
        waiting.pop();
        open.push(next);
        earliest = next;
      }
      if (earliest === undefined) return;
      const { stream } = earliest;
      const frame = await earliest.take();
      const isGiven = after !== undefined && !after.positions.has(stream) && frame !== undefined && frame.time < given;
      if (frame !== undefined && !isGiven) yield { stream, frame };
      if (earliest.isOver) open.splice(open.indexOf(earliest), 1);
    }
  } finally {
    for (const cursor of open) cursor.close();
  }
}

function earliestOf(cursors: readonly Cursor[]): Cursor | undefined {
  return cursors.reduce<Cursor | undefined>(
    (best, cursor) => (best === undefined || order(cursor, best) < 0 ? cursor : best),
    undefined,
  );
}

function order(a: Cursor, b: Cursor): number {
  return a.time - b.time || (a.stream < b.stream ? -1 : Number(a.stream > b.stream));
}

interface Place {
  readonly directory: string;
  readonly stream: string;
}

/** One stream, and the time of its next frame; closed until its first frame is taken. */
class Cursor {
  time: TimeMs;
  isOver = false;
  readonly stream: string;
  private readonly directory: string;
  private readonly from: Position;
  private reader: SegmentReader | undefined;
  private frames: readonly Frame[] = [];
  private index = 0;

  private constructor({ directory, stream }: Place, first: Pick<Frame, "position" | "time">) {
    this.directory = directory;
    this.stream = stream;
    this.from = first.position;
    this.time = first.time;
  }

  /**
   * At the last segment that begins before `from`, else at the first; undefined for a stream without frames. Times of
   * a stream only grow, so nothing of the time asked for stands before it.
   */
  static async at(place: Place, from: TimeMs): Promise<Cursor | undefined> {
    let earliest: Frame | undefined;
    for (const { base } of listSegments(place.directory).toReversed()) {
      earliest = (await firstFrame(place.directory, base)) ?? earliest;
      if (earliest !== undefined && earliest.time < from) break;
    }
    return earliest && new Cursor(place, earliest);
  }

  /** At the frame that begins at `position`, or the first kept one after it; undefined where nothing follows. */
  static async behind(place: Place, position: Position): Promise<Cursor | undefined> {
    const kept = listSegments(place.directory)[0]?.base ?? 0;
    const first = await firstFrame(place.directory, Math.max(position, kept));
    return first && new Cursor(place, first);
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
