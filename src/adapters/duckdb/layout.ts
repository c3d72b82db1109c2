/**
 * Where interactions lie:
 *
 *   DATA_DIR/interactions/policy=<p>/date=YYYY-MM-DD/bucket=<0…f>/part-<from>-<to>-<fence>.parquet
 *   DATA_DIR/interactions/policy=<p>/_manifests/manifest-<from, 16 digits>.json
 *
 * `_manifests` begins with an underscore so that Hive readers pass it over. The fence in a part's name keeps a deposed
 * writer from overwriting what its successor committed; the manifest's name holds only where its range starts, so of
 * two flushes that start at one place exactly one can be created.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { PolicyName, Position, TimeMs } from "../../core/domain.ts";
import type { InteractionRow } from "./columns.ts";

export interface FlushRange {
  /** Joined positions: [from, to). */
  readonly from: Position;
  readonly to: Position;
}

export function policyFolder(dataDir: string, policy: PolicyName): string {
  return join(dataDir, "interactions", `policy=${policy}`);
}

export function manifestFolder(dataDir: string, policy: PolicyName): string {
  return join(policyFolder(dataDir, policy), "_manifests");
}

/** Sorted by name, manifests are sorted by position. */
export function manifestName(from: Position): string {
  return `manifest-${String(from).padStart(16, "0")}.json`;
}

/** A manifest before it counts. The fence tells what a dead holder left from what a living one is writing. */
export function manifestDraftName(from: Position, fence: number): string {
  return `.manifest-${from}-${fence}.tmp`;
}

export function partName({ from, to }: FlushRange, fence: number): string {
  return `part-${from}-${to}-${fence}.parquet`;
}

/** UTC day of an instant. */
export function dateOf(at: TimeMs): string {
  return new Date(at).toISOString().slice(0, 10);
}

/**
 * First hex digit of SHA-256 of the pseudonym, so that an erasure rewrites one bucket in sixteen. Rows of nobody go by
 * their decision's id, which keeps the buckets even and a decision in one file.
 */
export function bucketOf({ subject, decisionId }: Pick<InteractionRow, "subject" | "decisionId">): string {
  return createHash("sha256")
    .update(subject ?? decisionId)
    .digest("hex")
    .slice(0, 1);
}
