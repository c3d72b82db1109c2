/**
 * The audit log: JSON lines that are only ever appended, one file a month, shared by all processes of the machine:
 *
 *   DATA_DIR/access/audit/2026-01.jsonl   mode 0600
 *
 * A line goes out in one write to a file opened for appending, so lines of several processes do not mix; each begins
 * with a line feed, so what a crash cut short spoils no other line.
 */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type AuditLine, actsOf, readAuditLine } from "../../core/access/audit.ts";
import type { AuditLog } from "../../ports/access.ts";
import { files } from "./durable.ts";

const FILE = /^\d{4}-\d{2}\.jsonl$/;

/**
 * @param folder DATA_DIR/access/audit
 * @param failed told when a line of level `process` could not be made safe from power loss.
 */
export function auditLog(folder: string, failed: (error: unknown) => void = () => {}): AuditLog {
  return {
    async append(line, level = "disk") {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, `${new Date(line.at).toISOString().slice(0, 7)}.jsonl`);
      const file = written(path, line);
      const durable = synced(file).then(() => files.syncDirectory(folder));
      if (level === "disk") await durable;
      else durable.catch(failed);
    },
    async acts(limit) {
      const lines: AuditLine[] = [];
      for (const name of (await namesIn(folder)).toSorted()) {
        const text = await readFile(join(folder, name), "utf8");
        lines.push(...text.split("\n").flatMap((line) => (line === "" ? [] : (readAuditLine(line) ?? []))));
      }
      return actsOf(lines, limit);
    },
  };
}

/** The line in the kernel's hands, at once: behind other work of the disk it would wait. */
function written(path: string, line: AuditLine): number {
  const file = openSync(path, "a", 0o600);
  try {
    const bytes = Buffer.from(`\n${JSON.stringify(line)}`);
    if (writeSync(file, bytes) !== bytes.byteLength) throw new Error("the disk took a part of the line");
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

async function synced(file: number): Promise<void> {
  try {
    await files.datasync(file);
  } finally {
    closeSync(file);
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => FILE.test(name));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
