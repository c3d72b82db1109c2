/** A file of logs in any format → its entries, batch by batch, and which lines were refused. */
import { readEventFile } from "../../src/adapters/fs/eventFile.ts";
import type { FileEntry, FileFormat, ReaderOptions } from "../../src/core/formats/format.ts";
import { formatNamed, formatOf } from "../../src/core/formats/formats.ts";
import type { Refusals } from "./refusals.ts";

/** Lines by which a file's format is told. */
const FIRST_LINES = 20;
/** Lines that are turned into entries at a time. */
const LINES_MAX = 8;

export interface FileOptions extends ReaderOptions {
  readonly path: string;
  readonly refusals: Refusals;
}

export interface EntryBatch {
  readonly entries: readonly FileEntry[];
  readonly bytesRead: number;
  readonly bytes: number;
}

/**
 * The format named, or with `auto` the one that the first lines are like.
 * @throws CB_FORMAT_UNKNOWN, CB_COMMAND_FAILED where the file cannot be read
 */
export async function formatOfFile(path: string, name: string): Promise<FileFormat> {
  if (name !== "auto") return formatNamed(name);
  const first: string[] = [];
  for await (const { lines } of readEventFile(path)) {
    for (const { text } of lines) if (text !== undefined) first.push(text);
    if (first.length >= FIRST_LINES) break;
  }
  return formatOf(first.slice(0, FIRST_LINES));
}

/** Memory: one chunk of the file and what the format keeps of it. @throws CB_COMMAND_FAILED where it cannot be read */
export async function* fileEntries(format: FileFormat, options: FileOptions): AsyncGenerator<EntryBatch> {
  const { path, refusals } = options;
  const reader = format.reader(options);
  const taken = (outcomes: ReturnType<typeof reader.line>, entries: FileEntry[]) => {
    for (const outcome of outcomes) {
      if (outcome.kind === "bad") refusals.add(outcome.lineNumber, outcome.error);
      else entries.push(outcome);
    }
  };
  let [read, all] = [0, 1];
  for await (const { lines, bytesRead, bytes } of readEventFile(path, { linesMax: LINES_MAX })) {
    const entries: FileEntry[] = [];
    for (const line of lines) {
      if (line.error === undefined) taken(reader.line(line.text, line.lineNumber, line.bytes), entries);
      else {
        reader.lost(line.lineNumber);
        refusals.add(line.lineNumber, line.error);
      }
    }
    [read, all] = [bytesRead, bytes];
    yield { entries, bytesRead, bytes };
  }
  const entries: FileEntry[] = [];
  taken(reader.end(), entries);
  yield { entries, bytesRead: read, bytes: all };
}
