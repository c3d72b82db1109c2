/** Final rewards of a policy's decisions in the order in which their windows ended, batch by batch. */
import { statSync } from "node:fs";
import type { TimeMs } from "../../core/domain.ts";
import { decodeOperation } from "../../core/join/codec.ts";
import { OperationKind } from "../../core/join/operations.ts";
import type { ClosingBatch } from "../../core/logs/closings.ts";
import type { FinalRewards } from "../../core/logs/entry.ts";
import { JoinedReader } from "./joinedLogReader.ts";
import type { Layout } from "./layout.ts";
import { SegmentReader } from "./segmentReader.ts";
import { type LiveSegment, listSegments, liveSegments } from "./segments.ts";

export interface ClosingsOf {
  readonly layout: Layout;
  readonly policy: string;
  /** What closed before may be passed over. */
  readonly from: TimeMs;
}

const READ_BYTES = 1024 * 1024;
const FIRST_READ_BYTES = 4 * 1024;

/** From the joined log; ends with what is committed now. Memory: one round. @throws CB_LOG_CORRUPT, CB_LOG_TRIMMED */
export async function* closingsOf({ layout, policy, from }: ClosingsOf): AsyncGenerator<ClosingBatch, void, undefined> {
  const directory = layout.joinedOf(policy);
  const reader = new JoinedReader({ directory, from: await beginning(directory, from) });
  let time = Number.NEGATIVE_INFINITY;
  try {
    for (;;) {
      const { frames } = await reader.read(READ_BYTES);
      if (frames.length === 0) return;
      const closings: ClosingBatch["closings"][number][] = [];
      for (const frame of frames) {
        if (frame.time > time) time = frame.time;
        if (frame.kind !== OperationKind.close) continue;
        const operation = decodeOperation(frame);
        if (operation.kind !== OperationKind.close) continue;
        const { decision, learnedAt, rewards: bySlot, at: closedAt } = operation;
        const rewards: FinalRewards =
          learnedAt === undefined ? { state: "dropped", closedAt } : { state: "closed", closedAt, bySlot };
        closings.push({ decision, rewards });
      }
      yield { closings, time };
    }
  } finally {
    reader.close();
  }
}

/**
 * The base of the oldest segment that may hold something later than `from`: the file was written to after it, or the
 * next one begins after it (clocks of files and log differ where a folder was copied). Imports write old times into
 * new segments, which the second alone would be misled by.
 */
async function beginning(directory: string, from: TimeMs): Promise<number> {
  const live = liveSegments(listSegments(directory));
  for (let i = 0; i < live.length - 1; i++) {
    const modified = statSync(live[i].path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (!(modified < from) || !((await firstTime(directory, live[i + 1])) < from)) return live[i].base;
  }
  return live.at(-1)?.base ?? 0;
}

async function firstTime(directory: string, segment: LiveSegment): Promise<TimeMs> {
  const reader = new SegmentReader({ directory, from: segment.base });
  try {
    return (await reader.read(FIRST_READ_BYTES)).frames[0]?.time ?? Number.POSITIVE_INFINITY;
  } finally {
    reader.close();
  }
}
