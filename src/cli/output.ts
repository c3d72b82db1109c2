/** What commands print: results on stdout, everything else on stderr. The only place of the command line that does. */
import { BrigandError } from "../core/errors.ts";

/** One line for people, or a line of JSON for programs. */
export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A line for people that is no result: progress, warnings. */
export function printNote(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A piece of a long result; resolves when there is room for the next, rejects when the reader has gone. */
export async function write(piece: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}

/** The answer for a program: one JSON value on one line. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Columns as wide as their widest cell; the first row is the heading. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  for (const row of rows)
    printLine(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

/** `CB_…: message (hint)`; the stack only for those who debug. */
export function printError(error: unknown, debug: boolean): void {
  printNote(`brigand: ${errorLine(error)}`);
  if (debug && error instanceof Error) printNote(error.stack ?? "");
}

/** An error as one line; one that has no code of ours becomes CB_COMMAND_FAILED. */
export function errorLine(error: unknown): string {
  const problem = error instanceof Error ? error.message : String(error);
  const told = error instanceof BrigandError ? error : new BrigandError("CB_COMMAND_FAILED", { problem });
  return `${told.code}: ${told.message} (${told.hint})`.replaceAll(/\s*\n\s*/g, " ");
}
