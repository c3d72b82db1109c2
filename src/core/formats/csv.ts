/** Lines of comma-separated values (RFC 4180) without line breaks inside cells. */

/** The cells of one line. */
export function cellsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(",");
  const cells: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/y;
  for (;;) {
    const match = cell.exec(line);
    if (match === null) return [...cells, line.slice(cell.lastIndex)];
    cells.push(match[1] === undefined ? (match[2] ?? "") : match[1].replaceAll('""', '"'));
    if (match[3] === "") return cells;
  }
}

/** One cell. Line breaks become spaces: a line is an entry here. */
export function cellOf(value: string): string {
  const flat = value.replace(/[\r\n]+/g, " ");
  return /[",]/.test(flat) ? `"${flat.replaceAll('"', '""')}"` : flat;
}
