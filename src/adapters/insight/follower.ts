/** One policy's joined log, folded as far as somebody has asked for. */
import { statSync } from "node:fs";
import type { Position } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { InsightFold } from "../../core/insight/fold.ts";
import { decodeCommit, decodeOperation } from "../../core/join/codec.ts";
import { OperationKind } from "../../core/join/operations.ts";
import type { Frame } from "../../core/log/frame.ts";
import { JoinedReader } from "../fs/joinedLogReader.ts";
import { firstPosition, listSegments, liveSegments } from "../fs/segments.ts";

const BATCH_BYTES = 512 * 1024;

export class Follower {
  fold = new InsightFold();
  /** Whether older segments were left out. */
  partial = false;
  /** Whether the end of the log was reached by the last advance. */
  current = false;
  private readonly directory: string;
  private readonly bytesMax: number;
  private reader: JoinedReader | undefined;
  private running: Promise<void> | undefined;
  private closed = false;

  /** @param bytesMax of the log to fold at the start; whole segments, the newest ones. */
  constructor(directory: string, bytesMax: number) {
    this.directory = directory;
    this.bytesMax = bytesMax;
  }

  /** Reads on to the end of the log, for at most `waitMs`; what is left goes on beside. Rejects as the reader does. */
  async advance(waitMs: number): Promise<void> {
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, waitMs);
    });
    await Promise.race([this.running, patience]).finally(() => clearTimeout(timer));
    this.running?.catch(() => {});
  }

  close(): void {
    this.closed = true;
    this.reader?.close();
  }

  private async run(): Promise<void> {
    this.current = false;
    try {
      this.reader ??= this.start();
      while (!this.closed) {
        const { frames } = await this.reader.read(BATCH_BYTES);
        if (frames.length === 0) break;
        for (const frame of frames) this.take(frame);
        await new Promise((resolve) => setImmediate(resolve));
      }
      this.current = true;
    } catch (error) {
      if (!(error instanceof BrigandError && ["CB_LOG_FENCED", "CB_LOG_TRIMMED"].includes(error.code))) throw error;
      this.reader?.close();
      this.reader = undefined;
    }
  }

  private start(): JoinedReader {
    const from = this.startPosition();
    this.fold = new InsightFold();
    this.partial = from > 0;
    return new JoinedReader({ directory: this.directory, from });
  }

  private startPosition(): Position {
    const live = liveSegments(listSegments(this.directory));
    let bytes = 0;
    let from = live.at(-1)?.base ?? firstPosition(this.directory);
    for (const segment of live.toReversed()) {
      bytes += statSync(segment.path, { throwIfNoEntry: false })?.size ?? 0;
      if (bytes > this.bytesMax) break;
      from = segment.base;
    }
    return from;
  }

  private take(frame: Frame): void {
    if (frame.kind === OperationKind.commit) this.fold.commit(decodeCommit(frame).counts, frame.time);
    else if (frame.kind !== OperationKind.schema) this.fold.apply(decodeOperation(frame));
  }
}
