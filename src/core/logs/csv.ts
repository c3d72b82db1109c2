/**
 * Cells of CSV by RFC 4180 that no spreadsheet takes for a formula. Numbers stay as they are, their sign included;
 * text that begins like a formula, whoever sent it, gets an apostrophe before it, and so does text that begins with
 * apostrophes before such a character, so that taking one away gives back what was there.
 */
export type Cell = string | number | boolean | undefined;

/** = + - @ and their full-width forms, tab, carriage return, line feed. */
const FORMULA = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

export function csvCell(value: Cell): string {
  if (value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const inert = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** Without the line's end, which is CR LF. */
export function csvLine(cells: readonly Cell[]): string {
  return cells.map(csvCell).join(",");
}
