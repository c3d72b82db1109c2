/** Whether a stream was ended by its process, or by the death of it. */
import { crc32 } from "node:zlib";
import type { Position } from "../../core/domain.ts";
import { decodeFirst, FRAME_HEADER_BYTES } from "../../core/log/frame.ts";
import { RecordKind } from "../../core/log/records.ts";
import { CATALOGUE } from "../../ports/log.ts";
import { isPolicyFolder, isStreamFolder, type Layout } from "./layout.ts";
import { listSegments, namesIn, type Segment } from "./segments.ts";
import { SegmentBytes } from "./segmentsBytes.ts";

/** An `end` frame is shorter than this. */
const END_FRAME_BYTES_MAX = 256;

/** Whether the segment ends with the record that ends its stream, at `upTo` where that is given. */
export function endsWithEnd(segment: Segment, upTo?: Position): boolean {
  const files = new SegmentBytes(1);
  try {
    const size = files.sizeOf(segment.path) ?? 0;
    if (upTo !== undefined && segment.base + size !== upTo) return false;
    const length = Math.min(size, END_FRAME_BYTES_MAX);
    const tail = files.readSync(segment.path, { offset: size - length, length });
    for (let start = length - FRAME_HEADER_BYTES; start >= 0; start--) {
      const { frames, next } = decodeFirst(tail.subarray(start), start, crc32);
      if (frames.length === 1 && next === length) return frames[0].kind === RecordKind.end;
    }
    return false;
  } finally {
    files.close();
  }
}

/**
 * Policies whose newest stream of a server was cut off by its death: decisions in it wait for a time that only another
 * stream can bring. @param server its id and the stream name of its process now. Cost: a listing and a small read a policy.
 */
export function unfinishedPolicies(
  layout: Layout,
  server: { readonly id: string; readonly streamName: string },
): string[] {
  return namesIn(layout.wal).filter((policy) => {
    if (!isPolicyFolder(policy) || policy === CATALOGUE) return false;
    const earlier = namesIn(layout.walOf(policy)).filter(
      (stream) => isStreamFolder(stream) && stream.startsWith(`${server.id}-`) && !stream.startsWith(server.streamName),
    );
    const newest = earlier.toSorted().at(-1);
    const last = newest === undefined ? undefined : listSegments(layout.streamOf(policy, newest)).at(-1);
    return last !== undefined && !endsWithEnd(last);
  });
}
