/** A listing as text, in pieces of about 64 KiB. */
import type { PolicyName } from "../domain.ts";
import { csvHeading, csvRows } from "./columns.ts";
import type { LogEntry } from "./entry.ts";
import { foreignWriter } from "./foreign.ts";
import { jsonLine } from "./line.ts";
import type { LogFormat } from "./query.ts";

const PIECE_CHARACTERS = 64 * 1024;

export interface TextOptions {
  readonly format: Exclude<LogFormat, "parquet">;
  /** JSON lines with scores, uncertainties and features. */
  readonly full?: boolean;
  /** Names of a policy's columns: formats of others name features by them. */
  readonly names: (policy: PolicyName) => Promise<readonly string[]> | readonly string[];
}

/** Memory: one piece. */
export async function* listingText(
  entries: AsyncIterable<LogEntry>,
  options: TextOptions,
): AsyncGenerator<string, void, undefined> {
  const write = writerOf(options);
  let piece = options.format === "csv" ? csvHeading : "";
  for await (const entry of entries) {
    piece += await write(entry);
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

function writerOf({ format, full = false, names }: TextOptions): (entry: LogEntry) => string | Promise<string> {
  if (format === "csv") return csvRows;
  if (format === "jsonl") return (entry) => jsonLine(entry, full);
  const write = foreignWriter(format);
  const known = new Map<PolicyName, readonly string[]>();
  return async (entry) => {
    const { policy, columns } = entry.record;
    let columnNames = known.get(policy);
    // A log that grows while it is listed may have more columns by now.
    if (columnNames === undefined || columnNames.length < columns) {
      columnNames = await names(policy);
      known.set(policy, columnNames);
    }
    return write(entry, columnNames);
  };
}
