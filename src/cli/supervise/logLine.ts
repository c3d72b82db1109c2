/** Log lines for people: `12:34:56 server warn  message key=value`. What is no JSON of ours stays as it is. */

const LEVELS: { readonly [level: number]: string } = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};
/** Said elsewhere in the line, or of no use to a reader. */
const HIDDEN = ["level", "time", "pid", "hostname", "name", "msg"];

/** @param name of the process that wrote the line */
export function prettyLine(name: string, line: string): string {
  const entry = parsed(line);
  if (entry === undefined) return `${name.padEnd(7)} ${line}`;
  const time = new Date(Number(entry.time)).toTimeString().slice(0, 8);
  const level = LEVELS[Number(entry.level)] ?? String(entry.level);
  const rest = Object.entries(entry).filter(([key]) => !HIDDEN.includes(key));
  const details = rest.map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return [time, name.padEnd(7), level.padEnd(5), entry.msg, ...details].filter(Boolean).join(" ");
}

function parsed(line: string): { readonly [key: string]: unknown } | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: { readonly [key: string]: unknown } = JSON.parse(line);
    return typeof value.level === "number" && typeof value.time === "number" ? value : undefined;
  } catch {
    return undefined;
  }
}
