/** Reads single frames of raw streams back, by place. */
import { type FileHandle, open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { DecisionId } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { peekDecisionId } from "../../core/log/codec.ts";
import { decodeFrames, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, type Frame } from "../../core/log/frame.ts";
import type { DecisionPlace, FrameReader } from "../../ports/decisions.ts";
import { isPolicyFolder, isStreamFolder, type Layout } from "./layout.ts";
import { SegmentReader } from "./segmentReader.ts";
import { type LiveSegment, listSegments, liveSegments, segmentAt } from "./segments.ts";

const FIRST_READ_BYTES = 64 * 1024;
/** More than a process appends between claiming an id and writing its decision. */
const SEARCH_BYTES_MAX = 8 * 1024 * 1024;

/** Cost: one listing, one open, mostly one read. What is damaged, cut or not there (any more) is undefined. */
export function frameReader(layout: Layout): FrameReader {
  return {
    async at(place) {
      const segment = segmentOf(layout, place);
      if (segment === undefined) return undefined;
      const file = await openIfThere(segment.path);
      if (file === undefined) return undefined;
      try {
        return await frameIn(file, segment, place.position);
      } finally {
        await file.close();
      }
    },
    after: (place, id) => searched(layout, place, id),
  };
}

async function searched(layout: Layout, place: DecisionPlace, id: DecisionId): Promise<Frame | undefined> {
  if (!isPolicyFolder(place.policy) || !isStreamFolder(place.stream)) return undefined;
  const reader = new SegmentReader({ directory: layout.streamOf(place.policy, place.stream), from: place.position });
  try {
    while (reader.position - place.position < SEARCH_BYTES_MAX) {
      const { frames } = await reader.read(FIRST_READ_BYTES);
      const found = frames.find((frame) => peekDecisionId(frame) === id);
      if (found !== undefined || frames.length === 0) return found;
    }
    return undefined;
  } catch (error) {
    if (error instanceof BrigandError && error.code === "CB_LOG_TRIMMED") return undefined;
    throw error;
  } finally {
    await reader.close();
  }
}

function segmentOf(layout: Layout, place: DecisionPlace): LiveSegment | undefined {
  if (!isPolicyFolder(place.policy) || !isStreamFolder(place.stream)) return undefined;
  const live = liveSegments(listSegments(layout.streamOf(place.policy, place.stream)));
  return live[segmentAt(live, place.position)];
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function frameIn(file: FileHandle, segment: LiveSegment, position: number): Promise<Frame | undefined> {
  const offset = position - segment.base;
  let bytes = await read(file, { offset, length: FIRST_READ_BYTES });
  if (bytes.byteLength < FRAME_HEADER_BYTES) return undefined;
  const size = new DataView(bytes.buffer).getUint32(0, true) + FRAME_HEADER_BYTES;
  if (!(size <= FRAME_BYTES_MAX)) return undefined;
  if (size > bytes.byteLength) bytes = await read(file, { offset, length: size });
  return decodeFrames(bytes.subarray(0, size), position, crc32).frames[0];
}

/** Fewer bytes at the end of the file. */
async function read(file: FileHandle, range: { offset: number; length: number }): Promise<Uint8Array> {
  const bytes = new Uint8Array(range.length);
  const { bytesRead } = await file.read(bytes, 0, range.length, range.offset);
  return bytes.subarray(0, bytesRead);
}
