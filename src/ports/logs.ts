/** The log of decisions as those read it who look at many. */
import type { DecisionRecord } from "../core/log/records.ts";
import type { LogEntry, RewardsFound } from "../core/logs/entry.ts";
import type { LogQuery } from "../core/logs/query.ts";

export interface DecisionLog {
  /**
   * Decisions in the order of their lines' times, one policy after another. Whoever stops early returns the generator,
   * or says so by `signal`, which is looked at also while nothing matches.
   * @throws CB_LOGS_CURSOR_INVALID, CB_LOG_CORRUPT, CB_LOG_TRIMMED
   */
  entries(query: LogQuery, signal?: { readonly aborted: boolean }): AsyncGenerator<LogEntry, void, undefined>;
  /** What came for one decision. @param bytesMax of the log from the decision on. @throws CB_LOG_CORRUPT, CB_LOG_TRIMMED */
  rewards(record: DecisionRecord, bytesMax: number): Promise<RewardsFound>;
}

/** A file that is made whole first and read once; let go, it is gone. */
export interface LogFile {
  readonly bytes: number;
  readonly chunks: AsyncGenerator<Uint8Array, void, undefined>;
  close(): Promise<void>;
}

/** Entries → Parquet. @throws CB_LOGS_TOO_LARGE */
export type WriteParquet = (entries: AsyncIterable<LogEntry>) => Promise<LogFile>;
