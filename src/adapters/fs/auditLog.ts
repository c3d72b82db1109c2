/**
 * The audit log: JSON lines that are only ever appended, one file a month, shared by all processes of the machine:
 *
 *   DATA_DIR/access/audit/2026-01.jsonl   mode 0600
 *
 * A line goes out in one write to a file opened for appending, so lines of several processes do not mix; each begins
 * with a line feed, so what a crash cut short spoils no other line.
 */
import { mkdirSync } from "node:fs";
import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type AuditLine, actsOf, readAuditLine } from "../../core/access/audit.ts";
import type { AuditLog } from "../../ports/access.ts";
import { files } from "./durable.ts";

const FILE = /^\d{4}-\d{2}\.jsonl$/;

/** @param folder DATA_DIR/access/audit */
export function auditLog(folder: string): AuditLog {
  return {
    async append(line) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      await appendDurably(join(folder, `${new Date(line.at).toISOString().slice(0, 7)}.jsonl`), line);
      await files.syncDirectory(folder);
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

async function appendDurably(path: string, line: AuditLine): Promise<void> {
  const file = await open(path, "a", 0o600);
  try {
    const bytes = Buffer.from(`\n${JSON.stringify(line)}`);
    const { bytesWritten } = await file.write(bytes);
    if (bytesWritten !== bytes.byteLength) throw new Error("the disk took a part of the line");
    await file.datasync();
  } finally {
    await file.close();
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
