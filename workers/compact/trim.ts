/**
 * Makes room in a policy's logs after its interactions were written. What goes is old, and is needed by nobody:
 *
 *   raw streams   before the place that the older of the two kept snapshots has read up to: a writer that recovers,
 *                 even from that one, begins there
 *   joined log    before that snapshot, before `heldFrom` (open decisions), and before the learner's checkpoint
 *
 * Without two snapshots nothing goes. Whole segments go, never by length. The catalogue's streams stay: the writer of a
 * policy that does not exist yet reads them from their beginning.
 */
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { walBytes } from "../../src/adapters/fs/fsTransport.ts";
import { trimJoined } from "../../src/adapters/fs/joinedLogTrim.ts";
import type { Layout } from "../../src/adapters/fs/layout.ts";
import { type LiveSegment, listSegments, liveSegments } from "../../src/adapters/fs/segments.ts";
import { newestSnapshot, type Snapshot } from "../../src/adapters/fs/snapshots.ts";
import type { PolicyName, Position, TimeMs } from "../../src/core/domain.ts";
import type { StreamName, Transport } from "../../src/ports/log.ts";
import { loadLearner } from "../../training/learner/codec.ts";

export interface TrimOptions {
  readonly layout: Layout;
  readonly policy: PolicyName;
  readonly transport: Transport;
  /** Of the compaction that has just ended. */
  readonly heldFrom: Position;
  readonly now: TimeMs;
  readonly walRetentionMs: number;
  readonly walBytesMax: number;
}

export interface Trimmed {
  /** Bytes of segments that went. */
  readonly rawBytes: number;
  readonly joinedBytes: number;
}

/** Over this share of `walBytesMax` raw segments go whatever their age. */
export const PRESSURE = 0.8;

/** Cost: a stat a segment; reads two snapshots when a segment is old enough. */
export async function trimPolicy(options: TrimOptions): Promise<Trimmed> {
  const { layout, policy, transport } = options;
  const aged = await agedOf(options);
  const nothing = { rawBytes: 0, joinedBytes: 0 };
  if (aged.joined === 0 && aged.raw.every(({ to }) => to === 0)) return nothing;
  const snapshot = await olderSnapshot(layout.snapshotsOf(policy));
  if (snapshot === undefined) return nothing;
  let rawBytes = 0;
  for (const { stream, to } of aged.raw) {
    const upTo = Math.min(to, snapshot.positions.get(`${policy}/${stream}`) ?? 0);
    if (upTo === 0) continue;
    const directory = layout.streamOf(policy, stream);
    const before = sizeOf(directory);
    await transport.trim({ policy, stream, upTo });
    rawBytes += Math.max(0, before - sizeOf(directory));
  }
  const joinedBytes = aged.joined === 0 ? 0 : await trimJoinedLog(options, Math.min(aged.joined, snapshot.position));
  return { rawBytes, joinedBytes };
}

async function agedOf(
  options: TrimOptions,
): Promise<{ raw: { stream: StreamName; to: Position }[]; joined: Position }> {
  const { layout, policy, transport, now, walRetentionMs, walBytesMax } = options;
  const isOld = ({ path }: LiveSegment) =>
    (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now) < now - walRetentionMs;
  const pressed = (await walBytes(layout)) > PRESSURE * walBytesMax;
  const streams = await transport.streams(policy);
  const raw = streams.map((stream) => ({
    stream,
    to: agedTo(layout.streamOf(policy, stream), pressed ? () => true : isOld),
  }));
  return { raw, joined: agedTo(layout.joinedOf(policy), isOld) };
}

async function trimJoinedLog({ layout, policy, heldFrom }: TrimOptions, agedAndSaved: Position): Promise<number> {
  const directory = layout.joinedOf(policy);
  const upTo = Math.min(agedAndSaved, heldFrom, await learnedTo(layout, policy));
  if (upTo === 0) return 0;
  const before = sizeOf(directory);
  trimJoined(directory, upTo);
  return Math.max(0, before - sizeOf(directory));
}

/** End of the segments that are old and follow one another from the first on; Infinity when all are. */
function agedTo(directory: string, isOld: (segment: LiveSegment) => boolean): Position {
  let to = 0;
  for (const segment of liveSegments(listSegments(directory))) {
    if (!isOld(segment)) return to;
    to = segment.limit;
  }
  return to;
}

async function olderSnapshot(directory: string): Promise<Snapshot | undefined> {
  const newest = await newestSnapshot(directory);
  return newest && newestSnapshot(directory, newest.position - 1);
}

/** Where the learner goes on: everything after it is still to be learned. */
async function learnedTo(layout: Layout, policy: PolicyName): Promise<Position> {
  try {
    return loadLearner(await readFile(join(layout.trainOf(policy), "learner.bin"))).position;
  } catch {
    return 0;
  }
}

function sizeOf(directory: string): number {
  const sizes = listSegments(directory).map(({ path }) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}
