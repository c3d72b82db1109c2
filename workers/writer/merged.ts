/**
 * Streams of several servers in the order of their time. A writer that comes back to a backlog must not run one server's
 * hours before another's: decisions would close on the first one's clock before their rewards in the other are read.
 */
import type { Position, TimeMs } from "../../src/core/domain.ts";
import type { Frame } from "../../src/core/log/frame.ts";

/** What was read of one stream. */
export interface StreamBatch {
  readonly stream: string;
  readonly from: Position;
  readonly frames: readonly Frame[];
  /** Where to go on after the last frame. */
  readonly next: Position;
  /** More stands behind it: what other streams have after its last frame has to wait. */
  readonly full: boolean;
}

/** A piece of one stream, to be applied before the next piece. */
export interface Slice {
  readonly stream: string;
  readonly from: Position;
  readonly to: Position;
  readonly frames: readonly Frame[];
}

/** How far one stream may run ahead of another: less than what makes a stream silent (core/join/clocks.ts). */
const AHEAD_MS = 1_000;

/** Pieces by time. What lies behind the end of a full batch is left for the next round. */
export function* slicesByTime(batches: readonly StreamBatch[]): Generator<Slice> {
  const cursors = batches.filter(({ next, from }) => next !== from).map((batch) => new Cursor(batch));
  const limit = Math.min(...cursors.map((cursor) => cursor.limit));
  let open = cursors;
  while (open.length > 0) {
    const first = open.reduce((a, b) => (b.time < a.time ? b : a));
    const others = open.filter((cursor) => cursor !== first).map(({ time }) => time);
    const slice = first.take(Math.min(limit, Math.min(...others) + AHEAD_MS));
    if (slice === undefined) return;
    yield slice;
    open = open.filter((cursor) => !cursor.done);
  }
}

class Cursor {
  private readonly batch: StreamBatch;
  private index = 0;

  constructor(batch: StreamBatch) {
    this.batch = batch;
  }

  /** Of the next frame; a batch that only moves on (refused frames) comes at once. */
  get time(): TimeMs {
    return this.batch.frames[this.index]?.time ?? Number.NEGATIVE_INFINITY;
  }

  get limit(): TimeMs {
    return this.batch.full ? (this.batch.frames.at(-1)?.time ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  }

  get done(): boolean {
    return this.index > 0 && this.index >= this.batch.frames.length;
  }

  /** Frames up to a time; undefined for none. */
  take(until: TimeMs): Slice | undefined {
    const { stream, frames, from, next } = this.batch;
    const start = this.index;
    let end = start;
    while (end < frames.length && frames[end].time <= until) end++;
    if (end === start && frames.length > 0) return undefined;
    this.index = Math.max(end, 1);
    const begin = start === 0 ? from : frames[start - 1].next;
    return {
      stream,
      from: begin,
      to: end === frames.length ? next : frames[end - 1].next,
      frames: frames.slice(start, end),
    };
  }
}
