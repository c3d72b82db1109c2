/** Writes closed interactions as Parquet, a flush at a time; a flush counts from its manifest on (`layout.ts`). */
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DuckDBDataChunkWriter } from "@duckdb/node-api";
import type { PolicyName, Position } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { columns, INTERACTIONS_FORMAT, type InteractionRow } from "./columns.ts";
import { type Database, openDatabase, quoted } from "./database.ts";
import { seal, syncFolder } from "./durable.ts";
import { bucketOf, dateOf, type FlushRange, partName, policyFolder } from "./layout.ts";
import {
  commitManifest,
  isErrno,
  lastManifest,
  type Manifest,
  type ManifestFile,
  manifestAt,
  readManifests,
} from "./manifest.ts";

/** What one commit adds. */
export interface Flush extends FlushRange {
  readonly heldFrom: Position;
  readonly columnNames: readonly string[];
  /** Closed in [from, to), in the order of the joined log; may be empty. */
  readonly rows: readonly InteractionRow[];
}

/** Where to go on: next joined position to take rows from, where to start reading for it, and the columns known by then. */
export interface Resume {
  readonly position: Position;
  readonly heldFrom: Position;
  readonly columnNames: readonly string[];
}

export interface InteractionSink {
  resume(): Promise<Resume>;
  /**
   * Durable and visible when it resolves. The same range again changes nothing.
   * @throws CB_INTERACTIONS_RANGE, CB_INTERACTIONS_DEPOSED, CB_INTERACTIONS_DAMAGED
   */
  flush(flush: Flush): Promise<Manifest>;
  close(): void;
}

/**
 * Opens the files of one policy for writing and removes what uncommitted flushes of earlier holders left.
 * @param fence number of the lease under which this process writes.
 * @param beforeCommit called when a flush's files are durable and do not count yet; throwing gives the flush up
 * (for example because the lease is gone).
 * Memory: one flush's rows and DuckDB's copy of them.
 */
export async function openInteractions(options: {
  readonly dataDir: string;
  readonly policy: PolicyName;
  readonly fence: number;
  readonly beforeCommit?: () => void | Promise<void>;
}): Promise<InteractionSink> {
  const { policy, fence } = options;
  await sweep(options);
  const database = await openDatabase();
  return {
    resume: async () => {
      const last = await lastManifest(options);
      return { position: last?.to ?? 0, heldFrom: last?.heldFrom ?? 0, columnNames: last?.columnNames ?? [] };
    },
    flush: async (flush) => {
      const done = await committed(options, flush);
      if (done !== undefined) return done;
      const files = await writeParts(database, { ...options, flush });
      const { from, to, heldFrom, columnNames, rows } = flush;
      const manifest = {
        formatVersion: INTERACTIONS_FORMAT,
        policy,
        from,
        to,
        heldFrom,
        fence,
        rows: rows.length,
        columnNames,
        files,
      };
      await options.beforeCommit?.();
      if (await commitManifest(options, manifest)) return manifest;
      // Somebody else committed a flush that starts here: fine if it is this one.
      const other = await manifestAt(options, from);
      if (other?.to === to) return other;
      throw new BrigandError("CB_INTERACTIONS_RANGE", { expected: other?.to ?? from, from, to });
    },
    close: () => database.close(),
  };
}

/** The manifest of this very range if it is there; refuses a range that neither repeats nor continues what is there. */
async function committed(
  place: { dataDir: string; policy: PolicyName; fence: number },
  { from, to, heldFrom }: Flush,
): Promise<Manifest | undefined> {
  const same = await manifestAt(place, from);
  if (same?.to === to) return same;
  const last = await lastManifest(place);
  const expected = last?.to ?? from;
  if (same !== undefined || from !== expected || !(to > from) || !(heldFrom <= to)) {
    throw new BrigandError("CB_INTERACTIONS_RANGE", { expected, from, to });
  }
  if (last !== undefined && !(place.fence >= last.fence)) {
    throw new BrigandError("CB_INTERACTIONS_DEPOSED", { fence: place.fence, newer: last.fence });
  }
  return undefined;
}

interface PartOptions {
  readonly dataDir: string;
  readonly policy: PolicyName;
  readonly fence: number;
  readonly flush: Flush;
}

/** One file a (date, bucket); all are durable when it resolves. */
async function writeParts(
  { connection }: Database,
  { dataDir, policy, fence, flush }: PartOptions,
): Promise<ManifestFile[]> {
  const declared = columns.map(({ name, type }) => `"${name}" ${type}`).join(", ");
  await connection.run(`CREATE OR REPLACE TABLE flush (${declared}, _date VARCHAR, _bucket VARCHAR)`);
  const appender = await connection.createAppender("flush");
  const writer = DuckDBDataChunkWriter.forAppender(appender);
  for (const row of flush.rows)
    writer.appendRow([...columns.map((column) => column.value(row)), dateOf(row.at), bucketOf(row)]);
  writer.flush();
  appender.closeSync();

  const folder = policyFolder(dataDir, policy);
  const groups = await connection.runAndReadAll(
    "SELECT _date, _bucket, count(*)::INTEGER FROM flush GROUP BY ALL ORDER BY ALL",
  );
  const files: ManifestFile[] = [];
  for (const [date, bucket, rows] of groups.getRows()) {
    const path = `date=${date}/bucket=${bucket}/${partName(flush, fence)}`;
    const draft = join(folder, `${dirname(path)}/.${partName(flush, fence)}.tmp`);
    await mkdir(dirname(draft), { recursive: true });
    const part = `SELECT ${columns.map(({ name }) => `"${name}"`).join(", ")} FROM flush WHERE _date = '${date}' AND _bucket = '${bucket}'`;
    await connection.run(`COPY (${part}) TO ${quoted(draft)} (FORMAT parquet, COMPRESSION zstd)`);
    const sealed = await seal(draft);
    await rename(draft, join(folder, path));
    files.push({ path, date: String(date), bucket: String(bucket), rows: Number(rows), ...sealed });
  }
  await connection.run("DROP TABLE flush");
  const folders = new Set(files.flatMap(({ date, path }) => [`date=${date}`, dirname(path)]));
  for (const name of ["..", ".", ...folders]) if (files.length > 0) await syncFolder(join(folder, name));
  return files;
}

/** Drafts of manifests, parts and drafts of parts, each with its holder's fence. */
const LEFT_BEHIND = /(?:\.?part-\d+-\d+-(\d+)\.parquet(?:\.tmp)?|\.manifest-\d+-(\d+)\.tmp)$/;

/** Removes drafts and parts that no manifest names, of holders before this one. */
async function sweep({
  dataDir,
  policy,
  fence,
}: {
  dataDir: string;
  policy: PolicyName;
  fence: number;
}): Promise<void> {
  const folder = policyFolder(dataDir, policy);
  const named = new Set(
    (await readManifests({ dataDir, policy })).flatMap(({ files }) => files.map(({ path }) => path)),
  );
  const found = await readdir(folder, { recursive: true }).catch((error: unknown) => {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  });
  for (const path of found) {
    const left = LEFT_BEHIND.exec(path);
    if (left === null || named.has(path)) continue;
    if (Number(left[1] ?? left[2]) < fence) await rm(join(folder, path), { force: true });
  }
}
