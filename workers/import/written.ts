/** One stream of an import: what is appended to it is handed over once it is written. */
import type { FsAppendStream } from "../../src/adapters/fs/appendStream.ts";
import type { Position, TimeMs } from "../../src/core/domain.ts";
import { encodeRecord } from "../../src/core/log/codec.ts";
import { RecordPacker } from "../../src/core/log/handed.ts";
import type { LogRecord } from "../../src/core/log/records.ts";
import type { DurabilityLevel } from "../../src/ports/log.ts";
import type { Handed } from "./handed.ts";

export interface WrittenOptions {
  readonly log: FsAppendStream;
  /** As in `Handed`. */
  readonly place: number;
  /** False where what is handed over cannot be used and will be read from the log. */
  readonly handOver: (handed: Handed) => boolean;
}

/** Records handed over at once. */
const RECORDS_MAX = 2_048;

export class Written {
  private readonly options: WrittenOptions;
  private readonly packer = new RecordPacker();
  private handedTo: Position = 0;
  private packed = 0;
  private last: Promise<void> = Promise.resolve();
  /** Why the first record that is in no log is not. */
  private failure: { readonly error: unknown } | undefined;

  constructor(options: WrittenOptions) {
    this.options = options;
  }

  /** Position just after the last record. */
  get end(): Position {
    return this.options.log.end;
  }

  get pendingBytes(): number {
    return this.options.log.pendingBytes;
  }

  /** Resolves when the record is as durable as asked for. @throws as AppendStream */
  append(record: LogRecord, time: TimeMs, level: DurabilityLevel = "process"): Promise<void> {
    const payload = encodeRecord(record);
    const { durable } = this.options.log.append({ kind: record.kind, time, payload: [payload], level });
    this.packer.add(record, { end: this.end, time, payload });
    this.last = durable;
    durable.catch((error: unknown) => {
      this.failure ??= { error };
    });
    if (++this.packed >= RECORDS_MAX) this.hand();
    return durable;
  }

  /** What was appended since the last call goes over when it is written. */
  hand(): void {
    const records = this.packer.take();
    if (records === undefined) return;
    const handed = { place: this.options.place, from: this.handedTo, next: this.end, records };
    this.handedTo = this.end;
    this.packed = 0;
    // What could not be written is no part of the stream.
    const over = () => {
      if (this.failure !== undefined || !this.options.handOver(handed)) this.packer.restart();
    };
    this.last.then(over, over);
  }

  /** Once a record was refused nothing counts any more, though the log may take later ones. @throws CB_LOG_WRITE_FAILED */
  check(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }

  async close(): Promise<void> {
    await this.options.log.close();
  }
}
