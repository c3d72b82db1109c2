/** One policy's closed interactions into Parquet: needs no Redis and no queue. */
import { statSync } from "node:fs";
import { openInteractions } from "../../src/adapters/duckdb/interactions.ts";
import { lastManifest } from "../../src/adapters/duckdb/manifest.ts";
import type { Layout } from "../../src/adapters/fs/layout.ts";
import { listSegments, liveSegments } from "../../src/adapters/fs/segments.ts";
import type { PolicyName, Position } from "../../src/core/domain.ts";
import { BrigandError } from "../../src/core/errors.ts";
import { FIRST_COLUMNS } from "../../src/core/features/schema.ts";
import { type Compacted, compact } from "../compact.ts";
import { holdingJob } from "../jobLock.ts";
import { joinedEntries } from "./joinedEntries.ts";

export interface CompactPolicyOptions {
  readonly layout: Layout;
  readonly policy: PolicyName;
  /** Written into the rows; default the layout's. */
  readonly workspace?: string;
  /** How long to wait for another process that compacts the policy; default 0. */
  readonly waitMs?: number;
  /** Rows of a flush; default 50,000. */
  readonly rowsMax?: number;
  /** Called when a flush's files are durable and do not count yet. */
  readonly beforeCommit?: () => void | Promise<void>;
}

/**
 * Everything that has closed in the committed joined log, exactly once however often it is cut short or run again.
 * Rows carry the number of this job's lease, which grows with every run: remains of a run that was killed are told
 * from those of a running one and removed.
 * @throws CB_JOB_BUSY, CB_INTERACTIONS_RANGE when the joined log was made anew and ends before what is in Parquet,
 * and what the log's readers and DuckDB throw: then nothing of the unfinished flush counts
 */
export async function compactPolicy(options: CompactPolicyOptions): Promise<Compacted> {
  const { layout, policy, waitMs } = options;
  const directory = layout.joinedOf(policy);
  const place = { dataDir: layout.root, policy };
  const last = await lastManifest(place);
  const end = endOf(directory);
  if (end < (last?.to ?? 0)) throw madeAnew(last?.to ?? 0, end);
  if (end === 0) return { position: 0, heldFrom: 0, rows: 0, flushes: 0 };
  const fenceAbove = last?.fence;
  return holdingJob({ layout, policy, job: "compact", waitMs, fenceAbove }, async (lease) => {
    const { fence } = lease;
    const beforeCommit = async () => {
      if (!lease.valid) throw new BrigandError("CB_INTERACTIONS_DEPOSED", { fence, newer: "a higher one" });
      await options.beforeCommit?.();
    };
    const sink = await openInteractions({ ...place, fence, beforeCommit });
    try {
      const { heldFrom } = await sink.resume();
      const { workspace = layout.workspace, rowsMax } = options;
      const reader = joinedEntries({ directory, from: heldFrom });
      const job = { workspace, policy, fence, reader, sink, rowsMax, firstColumns: FIRST_COLUMNS };
      return await compact(job).finally(() => reader.close());
    } finally {
      sink.close();
    }
  });
}

/** Where the log's files end, committed or not; 0 for none. */
function endOf(directory: string): Position {
  const last = liveSegments(listSegments(directory)).at(-1);
  return last === undefined ? 0 : last.base + (statSync(last.path, { throwIfNoEntry: false })?.size ?? 0);
}

function madeAnew(expected: number, end: number): BrigandError {
  const hint =
    "The joined log was made anew: move the policy's interactions folder away; it is made again from the log.";
  return new BrigandError("CB_INTERACTIONS_RANGE", { expected, from: end, to: end }, hint);
}
