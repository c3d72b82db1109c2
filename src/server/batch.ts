/** Entries of a batch stand for themselves: the good are accepted, each bad one is told its place and why. */
import { BrigandError, type ErrorCode } from "../core/errors.ts";
import type { Counter, Family } from "../ports/metrics.ts";

export interface Rejection {
  /** 0-based place in an array, or 1-based number of a line. */
  readonly index?: number;
  readonly line?: number;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface BatchAnswer {
  readonly accepted: number;
  readonly rejected: readonly Rejection[];
  /** Rejections beyond the bound of the list. */
  readonly notListed?: number;
}

export interface BatchOptions {
  /** Rejections in the answer; more are counted only. */
  readonly rejectionsListedMax: number;
  readonly counter: Family<Counter>;
}

/** What happened to the entries of one request. Waits for durability are shared: one an fsync, not one an entry. */
export class Batch {
  accepted = 0;
  rejectedCount = 0;
  readonly rejected: Rejection[] = [];
  first: BrigandError | undefined;
  private durables: Promise<void>[] = [];
  private readonly options: BatchOptions;

  constructor(options: BatchOptions) {
    this.options = options;
  }

  accept(durable: Promise<void>): void {
    this.accepted++;
    this.durables.push(durable);
  }

  /** @throws the error itself when it is not the entry's fault: then the whole batch has to come again. */
  reject(error: unknown, place: { index?: number; line?: number }): void {
    if (!(error instanceof BrigandError) || error.status >= 500) throw error;
    this.rejectedCount++;
    this.first ??= error;
    this.options.counter.with(error.code).add();
    const { code, message } = error;
    if (this.rejected.length < this.options.rejectionsListedMax) this.rejected.push({ ...place, code, message });
  }

  get waiting(): number {
    return this.durables.length;
  }

  /** @throws CB_LOG_WRITE_FAILED */
  async untilDurable(): Promise<void> {
    const durables = this.durables;
    this.durables = [];
    await Promise.all(durables);
  }

  answer(): BatchAnswer {
    this.options.counter.with("accepted").add(this.accepted);
    const notListed = this.rejectedCount - this.rejected.length;
    const { accepted, rejected } = this;
    return notListed === 0 ? { accepted, rejected } : { accepted, rejected, notListed };
  }
}

/** Every entry of a request was bad: 400, with the list in the body. */
export class BatchRejected extends BrigandError {
  readonly rejected: readonly Rejection[];

  constructor(batch: Batch) {
    super("CB_BATCH_REJECTED", { n: batch.rejectedCount });
    this.rejected = batch.rejected;
  }
}
