/** One frame of the joined log by its position, for corrections and for the final rows of the Parquet files. */
import { crc32 } from "node:zlib";
import type { Position } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { decodeFirst, type Frame } from "../../core/log/frame.ts";
import { SegmentList, segmentAt } from "./segments.ts";
import { SegmentBytes } from "./segmentsBytes.ts";

/** What most frames fit in. */
const GUESS_BYTES = 16 * 1024;
const OPEN_FILES_MAX = 16;

export class JoinedLookup {
  private readonly directory: string;
  private readonly list: SegmentList;
  private readonly bytes = new SegmentBytes(OPEN_FILES_MAX);

  constructor(directory: string) {
    this.directory = directory;
    this.list = new SegmentList(directory);
  }

  /**
   * The frame that starts at `position`, which a commit covers. Synchronous: the pages are nearly always in memory.
   * Cost: 10 µs then. @throws CB_LOG_TRIMMED where its segment has gone, CB_LOG_CORRUPT where no frame starts there
   */
  at(position: Position): Frame {
    this.list.refresh();
    const { live } = this.list;
    const segment = live[segmentAt(live, position)];
    if (segment === undefined) {
      throw new BrigandError("CB_LOG_TRIMMED", { came: position, place: this.directory, first: live[0]?.base ?? 0 });
    }
    const offset = position - segment.base;
    let decoded = decodeFirst(this.bytes.readSync(segment.path, { offset, length: GUESS_BYTES }), position, crc32);
    if (decoded.frames.length === 0 && decoded.need > GUESS_BYTES) {
      decoded = decodeFirst(this.bytes.readSync(segment.path, { offset, length: decoded.need }), position, crc32);
    }
    const frame = decoded.frames[0];
    if (frame !== undefined) return frame;
    const place = `position ${position} in ${segment.path}`;
    throw new BrigandError("CB_LOG_CORRUPT", { place, problem: "no frame starts here" });
  }

  close(): void {
    this.bytes.close();
  }
}
