/**
 * A listing as one Parquet file, made whole in a folder of its own and gone as soon as it was read or let go. Rows
 * gather in parts, and the parts become one file, so memory does not grow with the listing; the disk holds it twice
 * for a moment. Columns: `core/logs/columns.ts`.
 */
import { mkdir, mkdtemp, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBDataChunkWriter, type DuckDBValue, timestampMillisValue } from "@duckdb/node-api";
import { BrigandError } from "../../core/errors.ts";
import { type LogColumn, logColumns, type ShownRow, shownRows } from "../../core/logs/columns.ts";
import type { LogEntry } from "../../core/logs/entry.ts";
import type { LogFile } from "../../ports/logs.ts";
import { systemClock } from "../system/clock.ts";
import { type Database, openDatabase, quoted, quotedPath } from "./database.ts";

export interface LogParquetOptions {
  /** Where the file is made; other files there are left alone. */
  readonly folder: string;
  readonly bytesMax: number;
  readonly rowsPerPart?: number;
  /** Characters of long texts in a part. */
  readonly textPerPart?: number;
}

const CHUNK_BYTES = 256 * 1024;
const MEMORY_MB_MAX = 256;
/** What a killed process left is removed when it is this old. */
const LEFTOVER_MS = 3_600_000;
const PREFIX = "logs-";

/** @throws CB_LOGS_TOO_LARGE when the parts pass `bytesMax`, and what the entries throw */
export async function writeLogParquet(options: LogParquetOptions, entries: AsyncIterable<LogEntry>): Promise<LogFile> {
  await mkdir(options.folder, { recursive: true });
  await sweep(options.folder);
  const folder = await mkdtemp(join(options.folder, PREFIX));
  const database = await openDatabase(MEMORY_MB_MAX);
  try {
    return await readOnce(await written(database, { ...options, folder }, entries));
  } finally {
    database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function written(
  database: Database,
  options: LogParquetOptions,
  entries: AsyncIterable<LogEntry>,
): Promise<string> {
  const { folder, bytesMax, rowsPerPart = 50_000, textPerPart = 32_000_000 } = options;
  const parts: string[] = [];
  let part = await beginPart(database);
  let bytes = 0;
  const flush = async () => {
    const path = join(folder, `part-${parts.length}.parquet`);
    parts.push(path);
    await part.end(path);
    bytes += (await stat(path)).size;
    if (bytes > bytesMax) throw new BrigandError("CB_LOGS_TOO_LARGE", { maximum: bytesMax });
  };
  for await (const entry of entries) {
    part.append(entry);
    if (part.rows < rowsPerPart && part.text < textPerPart) continue;
    await flush();
    part = await beginPart(database);
  }
  if (part.rows > 0 || parts.length === 0) await flush();
  if (parts.length === 1) return parts[0];
  const path = join(folder, "logs.parquet");
  await copy(database, `SELECT * FROM read_parquet([${parts.map(quotedPath).join(", ")}])`, path);
  return path;
}

function textOf(row: ShownRow | undefined): number {
  return (row?.context?.length ?? 0) + (row?.user?.length ?? 0);
}

/** Rows go into a table in memory as they come; `end` writes it and drops it. */
async function beginPart(database: Database) {
  const { connection } = database;
  const declared = logColumns.map(({ name, type }) => `"${name}" ${type}`).join(", ");
  await connection.run(`CREATE OR REPLACE TABLE part (${declared})`);
  const appender = await connection.createAppender("part");
  const writer = DuckDBDataChunkWriter.forAppender(appender);
  return {
    rows: 0,
    text: 0,
    append(entry: LogEntry): void {
      const rows = shownRows(entry);
      if (rows.length === 0) return;
      const common = logColumns.map((column) => (column.varies === true ? null : valueOf(column, rows[0])));
      for (const row of rows) {
        writer.appendRow(logColumns.map((column, i) => (column.varies === true ? valueOf(column, row) : common[i])));
      }
      this.rows += rows.length;
      this.text += rows.length * textOf(rows[0]);
    },
    async end(path: string): Promise<void> {
      writer.flush();
      appender.closeSync();
      await copy(database, "SELECT * FROM part", path);
      await connection.run("DROP TABLE part");
    },
  };
}

function copy({ connection }: Database, select: string, path: string) {
  return connection.run(`COPY (${select}) TO ${quoted(path)} (FORMAT parquet, COMPRESSION zstd)`);
}

function valueOf({ type, value }: LogColumn, row: ShownRow): DuckDBValue {
  const cell = value(row);
  if (cell === undefined) return null;
  if (type === "BIGINT") return BigInt(Number(cell));
  return type === "TIMESTAMP_MS" ? timestampMillisValue(BigInt(Math.round(Number(cell)))) : cell;
}

/** The file's bytes, read from a handle: the name may go at once. */
async function readOnce(path: string): Promise<LogFile> {
  const handle = await open(path, "r");
  const { size: bytes } = await handle.stat();
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= handle.close();
    return closed;
  };
  async function* chunks() {
    try {
      for (;;) {
        const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
        const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES);
        if (bytesRead === 0) return;
        yield chunk.subarray(0, bytesRead);
      }
    } finally {
      await close();
    }
  }
  return { bytes, chunks: chunks(), close };
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(folder, name);
    const modified = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Number.POSITIVE_INFINITY,
    );
    if (modified < systemClock.now() - LEFTOVER_MS) await rm(path, { recursive: true, force: true });
  }
}
