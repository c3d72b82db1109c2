/** Where the newest part of a policy's raw log begins. */
import { statSync } from "node:fs";
import type { TimeMs } from "../../core/domain.ts";
import { isStreamFolder, type Layout } from "./layout.ts";
import { SegmentReader } from "./segmentReader.ts";
import { listSegments, namesIn } from "./segments.ts";

const FIRST_READ_BYTES = 4 * 1024;

/**
 * Time of the oldest frame among the newest whole segments that hold at most `bytesMax` together, the newest one in any
 * case; undefined where there are none. Cost: a stat a segment, a small read for each of those.
 */
export async function newestSince(layout: Layout, policy: string, bytesMax: number): Promise<TimeMs | undefined> {
  const segments = namesIn(layout.walOf(policy))
    .filter(isStreamFolder)
    .flatMap((stream) => {
      const directory = layout.streamOf(policy, stream);
      return listSegments(directory).map(({ base, path }) => ({ directory, base, stat: statOf(path) }));
    })
    .sort((a, b) => b.stat.mtimeMs - a.stat.mtimeMs);
  let bytes = 0;
  let since: TimeMs | undefined;
  for (const { directory, base, stat } of segments) {
    bytes += stat.size;
    if (since !== undefined && bytes > bytesMax) break;
    const time = await firstTime(directory, base);
    if (time !== undefined && !(time >= (since ?? Number.POSITIVE_INFINITY))) since = time;
  }
  return since;
}

/** One that is removed meanwhile counts as old and empty. */
function statOf(path: string): { readonly size: number; readonly mtimeMs: number } {
  return statSync(path, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
}

async function firstTime(directory: string, base: number): Promise<TimeMs | undefined> {
  const reader = new SegmentReader({ directory, from: base });
  try {
    return (await reader.read(FIRST_READ_BYTES)).frames[0]?.time;
  } finally {
    reader.close();
  }
}
