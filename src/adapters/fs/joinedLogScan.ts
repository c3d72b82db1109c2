/** Where the last commit of a joined log ends. */
import { crc32 } from "node:zlib";
import type { Position } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { OperationKind } from "../../core/join/operations.ts";
import { type Decoded, decodeFrames } from "../../core/log/frame.ts";
import { type LiveSegment, listSegments, liveSegments } from "./segments.ts";
import { SegmentBytes } from "./segmentsBytes.ts";

const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * The end of the last commit that fences below `fence` wrote; the first kept position where there is none.
 * Cost: reads the last segment (1 GB/s), those before it only when it holds no commit. @throws CB_LOG_CORRUPT
 */
export async function committedEnd(directory: string, fence: number): Promise<Position> {
  const live = liveSegments(listSegments(directory).filter((segment) => segment.fence < fence));
  const bytes = new SegmentBytes(1);
  try {
    for (const segment of live.toReversed()) {
      const end = await lastCommitEnd(segment, bytes);
      if (end !== undefined) return end;
    }
    return live[0]?.base ?? 0;
  } finally {
    bytes.close();
  }
}

async function lastCommitEnd(segment: LiveSegment, bytes: SegmentBytes): Promise<Position | undefined> {
  const end = Math.min(segment.base + (bytes.sizeOf(segment.path) ?? 0), segment.limit);
  let found: Position | undefined;
  let position = segment.base;
  let length = CHUNK_BYTES;
  while (position < end) {
    const range = { offset: position - segment.base, length: Math.min(length, end - position) };
    const decoded = decodeFrames(await bytes.read(segment.path, range), position, crc32);
    found = commitEnd(decoded) ?? found;
    const goesOn = decoded.frames.length > 0 || (decoded.stop === "torn" && decoded.need > length);
    if (!goesOn) {
      if (segment.limit === Number.POSITIVE_INFINITY) return found;
      const place = `position ${decoded.next} in ${segment.path}`;
      throw new BrigandError("CB_LOG_CORRUPT", { place, problem: `the frame is ${decoded.stop}` });
    }
    length = Math.max(CHUNK_BYTES, decoded.need);
    position = decoded.next;
  }
  return found;
}

function commitEnd(decoded: Decoded): Position | undefined {
  return decoded.frames.findLast((frame) => frame.kind === OperationKind.commit)?.next;
}
