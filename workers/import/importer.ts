/**
 * A file of events into a policy's log: parsed, made pseudonymous, told from earlier imports, appended in the order of
 * their times, then joined. Killed anywhere, the next import of the same file goes on where this one stopped.
 */
import { openAppendStream } from "../../src/adapters/fs/appendStream.ts";
import type { EventLine } from "../../src/adapters/fs/eventFile.ts";
import type { Layout } from "../../src/adapters/fs/layout.ts";
import type { Subject, TimeMs } from "../../src/core/domain.ts";
import type { BrigandError } from "../../src/core/errors.ts";
import { type EventRecord, toRecord } from "../../src/core/events/toRecord.ts";
import type { BadEntry, FileEntry, FormatReader } from "../../src/core/formats/format.ts";
import { RecordsOfDecisions } from "../../src/core/formats/toRecords.ts";
import { type LogRecord, RecordKind, type RewardRecord } from "../../src/core/log/records.ts";
import { CATALOGUE } from "../../src/ports/log.ts";
import type { Imported } from "./digests.ts";
import type { Handed } from "./handed.ts";
import { Written } from "./written.ts";

export interface ImporterOptions {
  readonly layout: Layout;
  readonly policy: string;
  /** `import-…`, unused so far. */
  readonly stream: string;
  readonly pseudonym: (kind: "user" | "session", id: string) => Subject;
  readonly imported: Imported;
  readonly now: TimeMs;
  /** Of the file's format. */
  readonly reader: FormatReader;
  /** Events put in order of time at once; a file whose events lie further from their place is refused line by line. */
  readonly reorderMax: number;
  /** Takes what was written: the policy's own stream is place 0, the catalogue's place 1. False where it cannot use it. */
  readonly handOver: (handed: Handed) => boolean;
  readonly refused: (lineNumber: number, error: BrigandError) => void;
}

/** Bytes waiting for the disk at which reading waits. */
const PENDING_BYTES = 16 * 1024 * 1024;

export class Importer {
  accepted = 0;
  repeated = 0;
  rejected = 0;
  /** Decisions without a reward, or that the file says are not to be learned: they are left out. */
  unlearnable = 0;
  /** Events older than ones already written, because they came too late in the file: they are written late. */
  outOfOrder = 0;
  private readonly options: ImporterOptions;
  private readonly own: Written;
  private readonly catalogue: Written;
  private readonly decisions: RecordsOfDecisions;
  private window: (EventRecord | RewardRecord)[] = [];
  private writtenTo: TimeMs = 0;

  constructor(options: ImporterOptions) {
    this.options = options;
    const { layout, policy, stream } = options;
    const { handOver } = options;
    const written = (name: string, place: number) =>
      new Written({ log: openAppendStream({ directory: layout.streamOf(name, stream) }), place, handOver });
    this.own = written(policy, 0);
    this.catalogue = written(CATALOGUE, 1);
    this.decisions = new RecordsOfDecisions(options.pseudonym, options.now);
    for (const old of options.imported.unfinished) this.append({ kind: RecordKind.end, stream: old, at: 0 }, 0);
  }

  /** Takes some lines. A bad one is told to `refused` and left out. @throws CB_LOG_WRITE_FAILED for any event before */
  async add(lines: readonly EventLine[]): Promise<void> {
    this.check();
    for (const line of lines) this.addLine(line);
    const { reorderMax } = this.options;
    if (this.window.length >= 2 * reorderMax) this.write(reorderMax);
    this.own.hand();
    this.catalogue.hand();
    if (this.own.pendingBytes + this.catalogue.pendingBytes > PENDING_BYTES) await this.flush();
  }

  /** Writes the rest. Durable when it resolves; answers where the streams end. @throws CB_LOG_WRITE_FAILED */
  async end(): Promise<{ own: number; catalogue: number }> {
    this.take(this.options.reader.end());
    this.write(0);
    const { stream, imported } = this.options;
    const ends = { own: this.own.end, catalogue: this.catalogue.end };
    if (this.accepted > 0) {
      const last = { kind: RecordKind.end, at: this.writtenTo } as const;
      const written = [this.own, this.catalogue].map((stream) =>
        stream.end > 0 || stream === this.own ? stream.append(last, this.writtenTo, "disk") : undefined,
      );
      ends.own = this.own.end;
      this.own.hand();
      this.catalogue.hand();
      await Promise.all(written);
      this.check();
      await imported.save(stream);
    }
    await Promise.all([this.own.close(), this.catalogue.close()]);
    return ends;
  }

  private addLine(line: EventLine): void {
    const { reader } = this.options;
    if (line.error === undefined) this.take(reader.line(line.text, line.lineNumber));
    else {
      reader.lost(line.lineNumber);
      this.take([{ kind: "bad", lineNumber: line.lineNumber, error: line.error }]);
    }
  }

  private take(outcomes: readonly (FileEntry | BadEntry)[]): void {
    const { imported, pseudonym, refused } = this.options;
    for (const outcome of outcomes) {
      if (outcome.kind === "bad") {
        this.rejected++;
        refused(outcome.lineNumber, outcome.error);
        continue;
      }
      const records =
        outcome.kind === "event" ? [toRecord(outcome.event, pseudonym)] : this.decisions.of(outcome.decision);
      if (records === undefined) this.unlearnable++;
      else if (!imported.add(records[0].kind, "id" in records[0] ? records[0].id : "")) this.repeated++;
      else for (const record of records) this.window.push(record);
    }
  }

  /** Writes the window's oldest events, all but `keep` of them. */
  private write(keep: number): void {
    const sorted = this.window.sort((a, b) => a.at - b.at);
    const count = sorted.length - keep;
    for (let i = 0; i < count; i++) {
      const record = sorted[i];
      if (record.at < this.writtenTo) this.outOfOrder++;
      else this.writtenTo = record.at;
      this.append(record, this.writtenTo);
      this.accepted++;
    }
    this.window = sorted.slice(count);
  }

  private append(record: LogRecord, time: TimeMs): void {
    const catalogued = record.kind === RecordKind.item || record.kind === RecordKind.user;
    const stream = catalogued ? this.catalogue : this.own;
    // A refusal is told by `check`.
    void stream.append(record, time);
  }

  /** Waits until everything appended is written. @throws CB_LOG_WRITE_FAILED */
  private async flush(): Promise<void> {
    const beat = { kind: RecordKind.heartbeat, at: this.writtenTo } as const;
    const streams = [this.own, this.catalogue].filter(({ end }) => end > 0);
    await Promise.all(streams.map((stream) => stream.append(beat, this.writtenTo)));
    this.check();
  }

  private check(): void {
    this.own.check();
    this.catalogue.check();
  }
}
