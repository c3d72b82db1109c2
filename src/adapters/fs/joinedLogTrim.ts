/** Makes room in the joined log. */
import { unlinkSync } from "node:fs";
import type { Position } from "../../core/domain.ts";
import { listSegments, liveSegments } from "./segments.ts";

/**
 * Deletes whole segments before `upTo`, and those that a newer fence overrode entirely. Never the last one, so that
 * the next writer finds where to go on. Called by the holder of the policy's lease. Returns the first position kept.
 */
export function trimJoined(directory: string, upTo: Position): Position {
  const all = listSegments(directory);
  const live = liveSegments(all);
  const kept = live.filter((segment) => segment.limit > upTo);
  const keptPaths = new Set(kept.map((segment) => segment.path));
  /** Lowest bases first: a reader between two deletions sees a log that begins later, not one with a hole. */
  for (const segment of all.toSorted((a, b) => a.base - b.base)) {
    if (!segment.empty && !keptPaths.has(segment.path)) unlinkSync(segment.path);
  }
  return kept[0]?.base ?? 0;
}
