/**
 * An AppendStream over segment files, with group commit: while one write is under way the next group gathers, so
 * groups grow with the load. fsyncs run beside the writes, and all who wait for one share it.
 *
 * When a write fails (disk full, I/O error), the frames that were not written whole are cut off and refused; their
 * positions stay empty for ever. The next group opens a new segment that begins with a gap frame 17 bytes before it,
 * by which readers know that what lies between was refused and is not lost. So a full disk needs no memory, and the
 * stream goes on by itself when there is room.
 */
import { crc32 } from "node:zlib";
import type { Position } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { encodeFrame, FRAME_HEADER_BYTES, type FrameInput, frameBytes, GAP_KIND } from "../../core/log/frame.ts";
import type { AppendStream, DurabilityLevel } from "../../ports/log.ts";
import { FrameBuffer } from "./appendStreamBuffer.ts";
import { SegmentFile } from "./appendStreamSegment.ts";
import { type Files, files } from "./durable.ts";

export interface AppendStreamOptions {
  /** Made at the first write; holds no stream yet. */
  readonly directory: string;
  /** A segment that would grow beyond this ends before (default 64 MiB). */
  readonly segmentBytes?: number;
  /** Bytes waiting to be written above which appends are refused (default 64 MiB). */
  readonly pendingBytesMax?: number;
  readonly disk?: Files;
}

export interface FsAppendStream extends AppendStream {
  /** Bytes queued and not yet written. */
  readonly pendingBytes: number;
  /** Everything before it is in the file (level `process`). */
  readonly written: Position;
}

/** Who waits for a frame. */
class Waiter {
  readonly end: Position;
  readonly level: DurabilityLevel;
  readonly durable: Promise<void>;
  resolve: () => void = () => {};
  private refuse: (error: Error) => void = () => {};

  constructor(end: Position, level: DurabilityLevel) {
    this.end = end;
    this.level = level;
    this.durable = new Promise<void>((resolve, reject) => {
      this.resolve = resolve;
      this.refuse = reject;
    });
  }

  /** Nobody has to listen. */
  reject(error: Error): void {
    this.durable.catch(() => {});
    this.refuse(error);
  }
}

/** A fresh stream, at position 0. Nothing touches the disk before the first append. */
export function openAppendStream(options: AppendStreamOptions): FsAppendStream {
  return new SegmentedStream(options);
}

class SegmentedStream implements FsAppendStream {
  written: Position = 0;
  private readonly directory: string;
  private readonly segmentBytes: number;
  private readonly pendingBytesMax: number;
  private readonly disk: Files;
  private queued = new FrameBuffer(0);
  private spare = new FrameBuffer(0);
  private waiting: Waiter[] = [];
  private underWay = 0;
  private segment: SegmentFile | undefined;
  /** Segments that are full; closed once they are on the disk. */
  private full: SegmentFile[] = [];
  /** A segment with a torn end that could not be cut yet. */
  private torn: SegmentFile | undefined;
  /** The group before was refused, at least in part. */
  private gap = false;
  private scheduled = false;
  private writing = false;
  private idle: Promise<void> = Promise.resolve();
  private syncing: Promise<void> | undefined;
  private unsynced: Waiter[] = [];
  private closed = false;

  constructor(options: AppendStreamOptions) {
    this.directory = options.directory;
    this.segmentBytes = options.segmentBytes ?? 64 * 1024 * 1024;
    this.pendingBytesMax = options.pendingBytesMax ?? 64 * 1024 * 1024;
    this.disk = options.disk ?? files;
  }

  get end(): Position {
    return this.queued.end;
  }

  get pendingBytes(): number {
    return this.queued.length + this.underWay;
  }

  /** Level `store` means `disk` here. @throws CB_LOG_FULL, CB_LOG_FRAME_TOO_LARGE, CB_LOG_CLOSED */
  append(frame: FrameInput & { level: DurabilityLevel }): { position: Position; durable: Promise<void> } {
    if (this.closed) throw new BrigandError("CB_LOG_CLOSED", { place: this.directory });
    if (this.pendingBytes > 0 && this.pendingBytes + frameBytes(frame.payload) > this.pendingBytesMax) {
      throw new BrigandError("CB_LOG_FULL", { maximum: this.pendingBytesMax, came: this.pendingBytes });
    }
    const position = this.queued.append(frame);
    const waiter = new Waiter(this.queued.end, frame.level);
    this.waiting.push(waiter);
    this.schedule();
    return { position, durable: waiter.durable };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.schedule();
    while (this.scheduled) await new Promise<void>(setImmediate);
    await this.idle;
    if (this.segment !== undefined) this.full.push(this.segment);
    this.segment = undefined;
    while (this.syncing !== undefined) await this.syncing;
    await this.sync();
    for (const segment of this.full.splice(0)) await segment.close();
    await this.torn?.close();
  }

  private schedule(): void {
    if (this.scheduled || this.writing) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.idle = this.writeGroups();
    });
  }

  private async writeGroups(): Promise<void> {
    this.writing = true;
    while (this.queued.length > 0) {
      const group = this.queued;
      const waiters = this.waiting;
      this.spare.reset(group.end);
      this.queued = this.spare;
      this.waiting = [];
      this.underWay = group.length;
      await this.writeGroup(group, waiters);
      this.spare = group;
    }
    /** In the same step as the look at the queue, or an append between the two would wait for ever. */
    this.writing = false;
  }

  private async writeGroup(group: FrameBuffer, waiters: readonly Waiter[]): Promise<void> {
    let keptEnd = group.start;
    let error: unknown;
    try {
      const segment = await this.segmentFor(group);
      const lead = this.gap ? gapFrame() : undefined;
      const bytes = lead === undefined ? group.bytes : Buffer.concat([lead, group.bytes]);
      const from = group.start - (lead?.byteLength ?? 0);
      const result = await segment.write(bytes, (n) => Math.max(0, wholeEnd(waiters, from + n) - from));
      keptEnd = Math.max(group.start, from + result.kept);
      error = result.error;
    } catch (thrown) {
      error = thrown;
    }
    this.underWay = 0;
    this.gap = error !== undefined;
    /** Before anybody is told, so that who is told of a failure finds nothing half written. */
    if (error !== undefined) await this.abandon();
    else this.written = group.end;
    this.settle(waiters, keptEnd, error);
  }

  /** The segment that takes the group, made where needed. @throws the disk's error */
  private async segmentFor(group: FrameBuffer): Promise<SegmentFile> {
    if (this.torn !== undefined) await this.cut(this.torn);
    if (this.segment !== undefined && this.segment.size > 0 && this.segment.size + group.length > this.segmentBytes) {
      this.full.push(this.segment);
      this.segment = undefined;
      this.startSync();
    }
    const base = this.gap ? group.start - FRAME_HEADER_BYTES : group.start;
    this.segment ??= await SegmentFile.create({ directory: this.directory, base, disk: this.disk });
    return this.segment;
  }

  /** After a failed write: no byte of a refused frame stays, and the next group begins a new segment. */
  private async abandon(): Promise<void> {
    const { segment } = this;
    this.segment = undefined;
    if (segment === undefined) return;
    this.torn = segment;
    await this.cut(segment).catch(() => {});
  }

  private async cut(segment: SegmentFile): Promise<void> {
    if (segment.size === 0) await segment.discard();
    else {
      await segment.cut();
      this.full.push(segment);
      this.startSync();
    }
    this.torn = undefined;
  }

  /** Tells those who wait for the bytes before `keptEnd` that they are written, and the others that they are not. */
  private settle(waiters: readonly Waiter[], keptEnd: Position, error: unknown): void {
    for (const waiter of waiters) {
      if (waiter.end > keptEnd) waiter.reject(writeFailed(error));
      else if (waiter.level === "process") waiter.resolve();
      else this.unsynced.push(waiter);
    }
    if (this.unsynced.length > 0) this.startSync();
  }

  private startSync(): void {
    if (this.syncing !== undefined) return;
    this.syncing = this.sync().finally(() => {
      this.syncing = undefined;
      if (this.unsynced.length > 0) this.startSync();
    });
  }

  /** One round of fsyncs, oldest segment first, for everyone who waits when it begins. */
  private async sync(): Promise<void> {
    const waiters = this.unsynced;
    this.unsynced = [];
    try {
      while (this.full.length > 0) {
        await this.full[0].sync();
        await this.full.shift()?.close();
      }
      if (waiters.length > 0) for (const segment of [this.torn, this.segment]) await segment?.sync();
      for (const waiter of waiters) waiter.resolve();
    } catch (error) {
      for (const waiter of waiters) waiter.reject(writeFailed(error));
    }
  }
}

/** The end of the last whole frame at or before `position`; −Infinity where none is. */
function wholeEnd(waiters: readonly Waiter[], position: Position): Position {
  return waiters.findLast((waiter) => waiter.end <= position)?.end ?? Number.NEGATIVE_INFINITY;
}

function gapFrame(): Uint8Array {
  return encodeFrame({ kind: GAP_KIND, time: 0, payload: [] }, crc32);
}

function writeFailed(error: unknown): BrigandError {
  const problem = error instanceof Error ? error.message : String(error);
  return new BrigandError("CB_LOG_WRITE_FAILED", { problem }, undefined, { cause: error });
}
