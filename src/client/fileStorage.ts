/** The outbox in a file, for Node: survives the end of the process. One process a file. */
import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { type Entry, type OutboxStorage, readEntry } from "./storage.ts";

/** Removed lines that are kept at most before the file is written anew. */
const GONE_MAX = 1000;

/**
 * JSON lines: an entry, or the id of one that was delivered. Survives kill -9; the last entries may be lost with the
 * machine's power. @throws the file system's own errors
 */
export function fileStorage(path: string): OutboxStorage {
  const entries = new Map<string, Entry>();
  for (const line of linesOf(path)) {
    const [entry] = readEntry(line);
    if (entry !== undefined) entries.set(entry.id, entry);
    else entries.delete(line.slice(1));
  }
  let gone = 0;
  // Each line begins with a line feed: what a crash cut short spoils no other.
  const append = (line: string) => appendFileSync(path, `\n${line}`, { mode: 0o600 });
  const rewrite = () => {
    const text = [...entries.values()].map((entry) => `\n${JSON.stringify(entry)}`).join("");
    writeFileSync(`${path}.part`, text, { mode: 0o600 });
    renameSync(`${path}.part`, path);
    gone = 0;
  };
  return {
    load: () => [...entries.values()],
    add: (entry) => {
      append(JSON.stringify(entry));
      entries.set(entry.id, entry);
    },
    remove: (ids) => {
      for (const id of ids) if (entries.delete(id)) gone++;
      if (gone > GONE_MAX || entries.size === 0) rewrite();
      else append(ids.map((id) => `-${id}`).join("\n"));
    },
  };
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
