/**
 * Rows to learn vectors from, as far as a policy's joined log has been folded: `train/<policy>/embed/rows.bin`. Made
 * again from the log when it is missing or of another log; what the log no longer holds is then gone from it too.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { makeDirectory, writeFileDurably } from "../../src/adapters/fs/durable.ts";
import { JoinedReader } from "../../src/adapters/fs/joinedLogReader.ts";
import type { Layout } from "../../src/adapters/fs/layout.ts";
import { firstPosition } from "../../src/adapters/fs/segments.ts";
import { packTree, unpackTree } from "../../src/core/codec/tree.ts";
import type { PolicyName, Position } from "../../src/core/domain.ts";
import type { VectorsValue } from "../../src/core/embed/vectors.ts";
import { decodeCommit, decodeOperation } from "../../src/core/join/codec.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import { Embedder } from "../../training/embed/embedder.ts";
import { EmbedRows } from "../../training/embed/rows.ts";
import { type Mark, markOf } from "../../training/learner/codec.ts";
import { standsIn } from "../retrain/trainer.ts";

const VERSION = 1;
const READ_BYTES = 8 * 1024 * 1024;
const folded: ReadonlySet<number> = new Set([
  OperationKind.learn,
  OperationKind.correct,
  OperationKind.unlearn,
  OperationKind.vectors,
]);

export interface Folded {
  readonly embedder: Embedder;
  /** Everything before it is in. */
  readonly position: Position;
  /** The commit that ends there. */
  readonly mark?: Mark;
}

/** Where the rows of a policy are kept, and how many at most. */
export interface RowsPlace {
  readonly layout: Layout;
  readonly policy: PolicyName;
  readonly rowsMax: number;
}

/** Rows of the whole log, from where they are kept on. @param onProgress position reached. @throws CB_LOG_CORRUPT */
export async function foldRows(place: RowsPlace, onProgress: (position: Position) => void): Promise<Folded> {
  const directory = place.layout.joinedOf(place.policy);
  const kept = await readRows(place);
  const start = kept !== undefined && standsIn(directory, kept) ? kept : { embedder: emptyOf(place), position: 0 };
  const { embedder } = start;
  let { position, mark }: Folded = start;
  const reader = new JoinedReader({ directory, from: Math.max(position, firstPosition(directory)) });
  try {
    for (;;) {
      const { frames } = await reader.read(READ_BYTES);
      if (frames.length === 0) return { embedder, position, mark };
      for (const frame of frames) {
        if (folded.has(frame.kind)) embedder.add(decodeOperation(frame), frame.position);
        if (frame.kind !== OperationKind.commit) continue;
        // The join counts rows from the log's beginning, also those that a trimmed log no longer holds.
        embedder.rows.total = Math.max(embedder.rows.total, decodeCommit(frame).counts.rowsLearned);
        position = frame.next;
        mark = markOf(frame);
      }
      onProgress(position);
    }
  } finally {
    reader.close();
  }
}

interface SavedRows {
  readonly version: number;
  readonly position: Position;
  readonly mark?: Mark;
  readonly rows: ReturnType<EmbedRows["save"]>;
  readonly previous?: VectorsValue;
  readonly triedRows: number;
}

/** Durable when it resolves. Only while the policy's embed job is held. */
export async function writeRows(place: RowsPlace, { embedder, position, mark }: Folded): Promise<void> {
  const { rows, previous, triedRows } = embedder;
  const saved: SavedRows = { version: VERSION, position, mark, rows: rows.save(), previous, triedRows };
  await makeDirectory(folderOf(place));
  await writeFileDurably(fileOf(place), Buffer.from(packTree(saved)));
}

async function readRows(place: RowsPlace): Promise<Folded | undefined> {
  try {
    const saved = unpackTree(await readFile(fileOf(place))) as SavedRows;
    if (saved.version !== VERSION) return undefined;
    const embedder = emptyOf(place);
    embedder.rows.load(saved.rows);
    embedder.previous = saved.previous;
    embedder.triedRows = saved.triedRows;
    return { embedder, position: saved.position, mark: saved.mark };
  } catch {
    return undefined;
  }
}

const emptyOf = ({ rowsMax }: RowsPlace) => new Embedder(new EmbedRows(rowsMax));

export function folderOf({ layout, policy }: Omit<RowsPlace, "rowsMax">): string {
  return join(layout.trainOf(policy), "embed");
}

function fileOf(place: RowsPlace): string {
  return join(folderOf(place), "rows.bin");
}
