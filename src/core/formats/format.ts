/** What each format of logs is: lines in, entries out, and back. One file a format; `formats.ts` is their table. */
import type { TimeMs } from "../domain.ts";
import { BrigandError } from "../errors.ts";
import type { MetarankEvent } from "../events/metarank.ts";
import type { LoggedDecision } from "./decision.ts";

/** A decision with what came of it, or an event as it happened. */
export type FileEntry =
  | { readonly kind: "decision"; readonly decision: LoggedDecision }
  | { readonly kind: "event"; readonly event: MetarankEvent };

/** What could not be read, and the line to look at. */
export interface BadEntry {
  readonly kind: "bad";
  readonly lineNumber: number;
  readonly error: BrigandError;
}

export interface ReaderOptions {
  /** Event times up to now + futureSkewMaxMs are accepted. */
  readonly now: TimeMs;
  readonly futureSkewMaxMs: number;
  /**
   * Features of items that were not shown, orders and pmfs are of no use to the caller: a format may leave them out, and
   * fields that are absent may be there as undefined.
   */
  readonly shownOnly?: boolean;
}

/** Reads one file. State is what the format needs of earlier lines: a header, an example under way. Nothing is fatal. */
export interface FormatReader {
  /**
   * What is whole with this line. Blank lines may be left out: line numbers then have gaps.
   * @param bytes of the text, where it is ASCII and somebody has them at hand: some readers are faster with them
   */
  line(text: string, lineNumber: number, bytes?: Uint8Array): readonly (FileEntry | BadEntry)[];
  /** The line could not be read at all (not UTF-8, too long): the entry that it belongs to is lost. */
  lost(lineNumber: number): void;
  /** What the last lines left. */
  end(): readonly (FileEntry | BadEntry)[];
}

/** Text of entries, with line ends; "" where the format cannot hold the entry. */
export interface FormatWriter {
  write(entry: FileEntry): string;
}

export interface FileFormat {
  readonly name: string;
  /** Whether a file that begins with these lines is in this format; `value` is the first line as JSON, where it is some. */
  recognises(lines: readonly string[], value: unknown): boolean;
  reader(options: ReaderOptions): FormatReader;
  writer(): FormatWriter;
}

/** A reader of formats whose lines stand alone. @param read throws BrigandError for a bad line. */
export function lineReader(read: (text: string, bytes?: Uint8Array) => FileEntry | undefined): FormatReader {
  return {
    line(text, lineNumber, bytes) {
      const entry = attempted(lineNumber, () => read(text, bytes));
      return entry === undefined ? [] : [entry];
    },
    lost: () => {},
    end: () => [],
  };
}

/** What `read` answers, or what was wrong. */
export function attempted<T>(lineNumber: number, read: () => T): T | BadEntry {
  try {
    return read();
  } catch (error) {
    if (error instanceof BrigandError) return { kind: "bad", lineNumber, error };
    throw error;
  }
}
