/**
 * Segment files of one stream, as a directory lists them:
 *
 *   <base, 16 digits>.seg                    raw streams
 *   <base, 16 digits>-<fence, 8 digits>.seg  the joined log
 *
 * `base` is the position of a segment's first byte. A segment ends where the next begins. One of a higher fence
 * overrides everything from its base on that lower fences wrote, as soon as it holds a byte (`joinedLog.ts` says why).
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Position } from "../../core/domain.ts";

const NAME = /^(\d{16})(?:-(\d{8}))?\.seg$/;

/** Milliseconds by which a directory's modification time may lag a change (a tick of a slow kernel, and to spare). */
const TICK_MS = 50;

export interface Segment {
  readonly path: string;
  readonly base: Position;
  /** 0 in raw streams. */
  readonly fence: number;
  /** Nothing was written to it when it was listed. */
  readonly empty: boolean;
}

/** A segment as it counts: bytes from `limit` on are overridden or belong to the next. */
export interface LiveSegment extends Segment {
  /** Infinity for the last one, which may still grow. */
  readonly limit: Position;
}

export function segmentName(base: Position, fence?: number): string {
  const start = String(base).padStart(16, "0");
  return fence === undefined ? `${start}.seg` : `${start}-${String(fence).padStart(8, "0")}.seg`;
}

/** Every segment file of a directory, by fence and then base; none where the directory is missing. */
export function listSegments(directory: string): Segment[] {
  const found: Segment[] = [];
  for (const name of namesIn(directory)) {
    const parts = NAME.exec(name);
    if (!parts) continue;
    const path = join(directory, name);
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size !== undefined)
      found.push({ path, base: Number(parts[1]), fence: Number(parts[2] ?? 0), empty: size === 0 });
  }
  return found.sort((a, b) => a.fence - b.fence || a.base - b.base);
}

/** First position that a directory's segments still hold; 0 for none. */
export function firstPosition(directory: string): Position {
  return listSegments(directory)[0]?.base ?? 0;
}

/** The highest fence of any segment, by the names alone; 0 for none. */
export function highestFence(directory: string): number {
  let highest = 0;
  for (const name of namesIn(directory)) highest = Math.max(highest, Number(NAME.exec(name)?.[2] ?? 0));
  return highest;
}

export function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** The segments that count, by base: empty ones do not. @param segments by fence and then base. */
export function liveSegments(segments: readonly Segment[]): readonly LiveSegment[] {
  const live: Segment[] = [];
  for (const segment of segments) {
    if (segment.empty) continue;
    while (live.length > 0 && live[live.length - 1].base >= segment.base) live.pop();
    live.push(segment);
  }
  return live.map((segment, index) => ({ ...segment, limit: live[index + 1]?.base ?? Number.POSITIVE_INFINITY }));
}

/** The live segment that holds `position`; its index in `live` or −1. */
export function segmentAt(live: readonly LiveSegment[], position: Position): number {
  return live.findLastIndex((segment) => segment.base <= position && position < segment.limit);
}

/** The listing of a directory, read again only when it may have changed. */
export class SegmentList {
  live: readonly LiveSegment[] = [];
  /** Every segment, by fence and then base. */
  all: readonly Segment[] = [];
  private readonly directory: string;
  private readonly elapsed: () => number;
  private changed = Number.NaN;
  private settlesAt = 0;
  private settled = false;

  /** @param elapsed milliseconds of a clock that only grows; default `performance.now`. */
  constructor(directory: string, elapsed: () => number = () => performance.now()) {
    this.directory = directory;
    this.elapsed = elapsed;
  }

  /** The next refresh lists again. */
  invalidate(): void {
    this.changed = Number.NaN;
  }

  /**
   * Brings `live` up to date; true if it was read again. Two changes within one tick of the kernel's clock leave the
   * same modification time, so a listing is trusted only if it was taken a tick after that time was first seen; and
   * none is while a segment is empty, because its first byte changes what counts.
   * Cost: a stat (2 µs); a listing (a stat a segment) when something may have changed.
   */
  refresh(): boolean {
    const stat = statSync(this.directory, { throwIfNoEntry: false });
    const changed = stat?.mtimeMs ?? -1;
    const now = this.elapsed();
    if (changed !== this.changed) {
      this.changed = changed;
      this.settlesAt = now + TICK_MS;
      this.settled = false;
    } else if (this.settled) return false;
    this.all = listSegments(this.directory);
    this.live = liveSegments(this.all);
    this.settled = now >= this.settlesAt && !this.all.some((segment) => segment.empty);
    return true;
  }
}
