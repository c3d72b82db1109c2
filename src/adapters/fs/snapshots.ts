/** Snapshots of a policy's writer: `snapshots/<policy>/<joined position>.snap`, the newest two kept. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { packTree, unpackTree } from "../../core/codec/tree.ts";
import type { Position } from "../../core/domain.ts";
import { type SavedPipeline, SNAPSHOT_VERSION } from "../../core/snapshot.ts";
import { makeDirectory, writeFileDurably } from "./durable.ts";
import { namesIn } from "./segments.ts";

const NAME = /^(\d{16})\.snap$/;
const KEPT = 2;

export interface Snapshot {
  /** End of the last round that is in it. */
  readonly position: Position;
  /** Where to go on in each raw stream, by "policy/stream". */
  readonly positions: Map<string, Position>;
  readonly pipeline: SavedPipeline;
}

/** Durable when it resolves. The snapshot is read at once: it may change from the first await on. */
export async function writeSnapshot(directory: string, snapshot: Snapshot): Promise<void> {
  const packed = packTree(snapshot);
  await makeDirectory(directory);
  const name = `${String(snapshot.position).padStart(16, "0")}.snap`;
  await writeFileDurably(join(directory, name), Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength));
  const old = snapshotNames(directory)
    .slice(KEPT)
    .map((snapshot) => snapshot.name);
  /** What a killed writer had begun. */
  const begun = namesIn(directory).filter((other) => other.endsWith(".tmp"));
  for (const gone of [...old, ...begun]) await rm(join(directory, gone), { force: true });
}

/** The newest readable snapshot at or before `upTo`; one that cannot be read is passed over. */
export async function newestSnapshot(directory: string, upTo = Number.MAX_SAFE_INTEGER): Promise<Snapshot | undefined> {
  for (const { name, position } of snapshotNames(directory)) {
    if (position > upTo) continue;
    try {
      const snapshot = unpackTree(await readFile(join(directory, name))) as Snapshot;
      if (snapshot.pipeline.state.version === SNAPSHOT_VERSION) return snapshot;
    } catch {
      /** Torn or of another version: the one before it, or the log from its start. */
    }
  }
  return undefined;
}

function snapshotNames(directory: string): { name: string; position: Position }[] {
  return namesIn(directory)
    .flatMap((name) => {
      const position = NAME.exec(name)?.[1];
      return position === undefined ? [] : [{ name, position: Number(position) }];
    })
    .sort((a, b) => b.position - a.position);
}
