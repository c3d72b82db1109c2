/** A listing as text, in pieces of about 64 KiB. */
import { csvHeading, csvRows } from "./columns.ts";
import type { LogEntry } from "./entry.ts";
import { jsonLine } from "./line.ts";

const PIECE_CHARACTERS = 64 * 1024;

export interface TextOptions {
  readonly format: "jsonl" | "csv";
  /** JSON lines with scores, uncertainties and features. */
  readonly full?: boolean;
}

/** Memory: one piece. */
export async function* listingText(
  entries: AsyncIterable<LogEntry>,
  { format, full = false }: TextOptions,
): AsyncGenerator<string, void, undefined> {
  let piece = format === "csv" ? csvHeading : "";
  for await (const entry of entries) {
    piece += format === "csv" ? csvRows(entry) : jsonLine(entry, full);
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}
