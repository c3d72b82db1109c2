/**
 * The joined log as its one writer sees it: operations gather in memory, `commit` ends the round and sees it written.
 *
 * Opening, a writer of fence f
 *   1. finds the end of the last commit, C,
 *   2. makes the segment `<C>-<f>`, empty,
 *   3. removes the empty segments of lower fences (whoever made them was overtaken before it wrote),
 *   4. reads again: if the writer before it committed in between, C has grown: back to 2 with the new C.
 * It writes only then, and its first byte makes its segment override everything from C on. A commit looks for a
 * higher fence after its bytes are written. So of two writers that overlap, either the new one sees the old one's
 * commit and keeps it, or the old one is told CB_LOG_FENCED. Readers deliver nothing beyond the base of a higher
 * fence, empty or not, so a commit that was acknowledged or delivered is never overridden.
 *
 * When a write or fsync fails, `commit` rejects and the round stays in memory: `retry` writes the same bytes again.
 */
import { unlink } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { Position, TimeMs } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { OperationKind } from "../../core/join/operations.ts";
import { decodeFirst, type Frame, type FrameInput } from "../../core/log/frame.ts";
import { FrameBuffer } from "./appendStreamBuffer.ts";
import { SegmentFile } from "./appendStreamSegment.ts";
import { type Files, files, makeDirectory } from "./durable.ts";
import { JoinedLookup } from "./joinedLogLookup.ts";
import { committedEnd } from "./joinedLogScan.ts";
import { highestFence, listSegments } from "./segments.ts";

export interface JoinedLogOptions {
  readonly directory: string;
  /** From the lease; higher than every fence before. */
  readonly fence: number;
  /** What a commit waits for (default `disk`). */
  readonly level?: "process" | "disk";
  /** A segment that grew beyond this ends after the round (default 256 MiB). */
  readonly segmentBytes?: number;
  readonly disk?: Files;
}

const SEGMENT_BYTES = 256 * 1024 * 1024;
/** Memory for rounds that stays where many large ones follow each other (level `process`). */
const BULK_BYTES = 32 * 1024 * 1024;
/** At level `process` a round is written in pieces of this size while it grows: no reader sees it before its commit. */
const EARLY_BYTES = 1024 * 1024;

/**
 * The log, open at the end of the last commit. Cost: reads the last segment.
 * @throws CB_LOG_FENCED where a segment of this fence or a higher one exists
 */
export async function openJoined(options: JoinedLogOptions): Promise<JoinedLog> {
  const { directory, fence, disk = files } = options;
  await makeDirectory(directory);
  const highest = highestFence(directory);
  if (highest >= fence) throw new BrigandError("CB_LOG_FENCED", { came: fence, fence: highest });
  let committed = await committedEnd(directory, fence);
  for (;;) {
    const segment = await SegmentFile.create({ directory, base: committed, fence, disk });
    for (const { empty, path, fence: other } of listSegments(directory)) if (empty && other < fence) await unlink(path);
    const seen = await committedEnd(directory, fence);
    if (seen === committed) return new JoinedLog(options, segment);
    await segment.discard();
    committed = seen;
  }
}

export class JoinedLog {
  /** End of the last commit. */
  committed: Position;
  private readonly options: JoinedLogOptions;
  private readonly disk: Files;
  private readonly lookup: JoinedLookup;
  private readonly round: FrameBuffer;
  private segment: SegmentFile;
  private committing = false;
  /** Bytes of the round that are written or on their way, and whether each piece came to the file. */
  private earlyBytes = 0;
  private early: Promise<boolean>[] = [];
  /** One after the other: a second one beside the first would take it for failed. */
  private syncing: Promise<void> = Promise.resolve();

  constructor(options: JoinedLogOptions, segment: SegmentFile) {
    this.options = options;
    this.disk = options.disk ?? files;
    this.segment = segment;
    this.committed = segment.base;
    this.round = new FrameBuffer(segment.base, options.level === "process" ? BULK_BYTES : undefined);
    this.lookup = new JoinedLookup(options.directory);
  }

  /** Position of the next frame. */
  get end(): Position {
    return this.round.end;
  }

  /** Adds an operation to the round; its position is final. Not to be called while a commit is under way. */
  append(frame: FrameInput): Position {
    if (this.committing) throw new BrigandError("CB_LOG_CLOSED", { place: "the round being committed" });
    const position = this.round.append(frame);
    if (this.round.length - this.earlyBytes >= EARLY_BYTES) this.writeEarly();
    return position;
  }

  private writeEarly(): void {
    const { round, segment, options, earlyBytes: from } = this;
    if (options.level !== "process" || segment.size >= (options.segmentBytes ?? SEGMENT_BYTES)) return;
    this.earlyBytes = round.length;
    this.early.push(segment.writeAhead(round.start - segment.base + from, round.bytes.subarray(from)));
  }

  /**
   * Ends the round with a commit frame and writes it. Resolves to the end of the log, at the level asked for.
   * @throws CB_LOG_WRITE_FAILED: the round is kept, call `retry`; CB_LOG_FENCED: another writer has taken over
   */
  commit(payload: Uint8Array, time: TimeMs): Promise<Position> {
    this.append({ kind: OperationKind.commit, time, payload: [payload] });
    return this.retry();
  }

  /** Writes the round that `commit` could not write. Same result and errors. */
  async retry(): Promise<Position> {
    const { round, options } = this;
    if (round.length === 0) return this.committed;
    this.committing = true;
    await this.write(round.bytes);
    const highest = highestFence(options.directory);
    if (highest > options.fence) throw new BrigandError("CB_LOG_FENCED", { came: options.fence, fence: highest });
    this.committed = round.end;
    round.reset(round.end);
    this.committing = false;
    return this.committed;
  }

  /** The frame at a position, committed or of this round. Cost: 10 µs. @throws as JoinedLookup.at */
  readFrame(position: Position): Frame {
    const { round } = this;
    if (position < round.start) return this.lookup.at(position);
    const frame = decodeFirst(round.bytes.subarray(position - round.start), position, crc32).frames[0];
    if (frame !== undefined) return { ...frame, payload: frame.payload.slice() };
    throw new BrigandError("CB_LOG_CORRUPT", { place: `position ${position}`, problem: "no frame starts here" });
  }

  /** Everything committed survives power loss when it resolves. */
  sync(): Promise<void> {
    this.syncing = this.syncing.catch(() => {}).then(() => this.segment.sync());
    return this.syncing;
  }

  /** What no commit covers is dropped. */
  async close(): Promise<void> {
    this.committing = true;
    this.lookup.close();
    await Promise.all([...this.early.splice(0), this.syncing.catch(() => {})]);
    await this.segment.close();
  }

  private async write(bytes: Uint8Array): Promise<void> {
    const { directory, fence, segmentBytes = SEGMENT_BYTES, level = "disk" } = this.options;
    const whole = (await Promise.all(this.early.splice(0))).every((written) => written);
    const from = whole ? this.earlyBytes : 0;
    this.earlyBytes = 0;
    try {
      if (this.segment.size >= segmentBytes) {
        await this.sync();
        const next = await SegmentFile.create({ directory, base: this.round.start, fence, disk: this.disk });
        const full = this.segment;
        this.segment = next;
        await full.close();
      }
      await this.segment.writeAt(this.round.start - this.segment.base + from, bytes.subarray(from));
      if (level === "disk") await this.sync();
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new BrigandError("CB_LOG_WRITE_FAILED", { problem }, undefined, { cause });
    }
  }
}
