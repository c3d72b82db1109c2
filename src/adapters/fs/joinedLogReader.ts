/**
 * Reads the joined log, never past the last commit. What a deposed writer wrote and did not commit is dropped when a
 * newer fence overrides it; what was committed never is (`joinedLog.ts`).
 */
import type { Position } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { OperationKind } from "../../core/join/operations.ts";
import type { Frame } from "../../core/log/frame.ts";
import type { Batch } from "../../ports/log.ts";
import { SegmentReader, type SegmentReaderOptions } from "./segmentReader.ts";

export class JoinedReader {
  /** End of the last commit delivered. */
  position: Position;
  private readonly segments: SegmentReader;
  /** Frames read and not delivered; they begin at `position`. */
  private held: Frame[] = [];

  /** @param options.from the end of a commit, or 0. */
  constructor(options: SegmentReaderOptions) {
    this.position = options.from;
    this.segments = new SegmentReader(options);
  }

  /**
   * Whole rounds from `position` on, each ending with its commit frame: at least one if there is one, about
   * `bytesMax` bytes; else none. One call at a time. Cost when nothing is new: five system calls.
   * @throws CB_LOG_FENCED when what was delivered has been overridden (only after power loss): start from a snapshot;
   * CB_LOG_TRIMMED, CB_LOG_CORRUPT
   */
  async read(bytesMax: number): Promise<Batch> {
    for (;;) {
      this.dropOverridden();
      const frames = await this.more(bytesMax);
      if (frames === undefined) continue;
      this.held.push(...frames);
      const barrier = this.segments.barrier();
      const last = this.held.findLastIndex(({ kind, next }) => kind === OperationKind.commit && next <= barrier);
      if (last >= 0) {
        this.position = this.held[last].next;
        return { frames: this.held.splice(0, last + 1), next: this.position };
      }
      if (frames.length === 0) return { frames, next: this.position };
    }
  }

  close(): void {
    this.segments.close();
  }

  /** Undefined when a takeover came between. */
  private async more(bytesMax: number): Promise<readonly Frame[] | undefined> {
    try {
      return (await this.segments.read(bytesMax)).frames;
    } catch (error) {
      if (error instanceof BrigandError && error.code === "CB_LOG_FENCED") return undefined;
      throw error;
    }
  }

  private dropOverridden(): void {
    const base = this.segments.overridden();
    if (base === undefined) return;
    if (base < this.position) {
      throw new BrigandError("CB_LOG_FENCED", { came: `position ${this.position}`, fence: `position ${base}` });
    }
    this.held = this.held.filter((frame) => frame.position < base);
    this.segments.seek(base);
  }
}
