/** The transport on one machine: the writer reads the servers' segments where they stand. */
import { rmdirSync, unlinkSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { Position } from "../../core/domain.ts";
import { FRAME_HEADER_BYTES } from "../../core/log/frame.ts";
import type { Batch, Lease, StreamName, Transport } from "../../ports/log.ts";
import { isPolicyFolder, isStreamFolder, type Layout } from "./layout.ts";
import { isSuperseded } from "./layoutServer.ts";
import { FileLeases } from "./lease.ts";
import { SegmentReader } from "./segmentReader.ts";
import { highestFence, listSegments, namesIn, type Segment } from "./segments.ts";
import { endsWithEnd } from "./streamEnd.ts";

export interface FsTransportOptions {
  readonly layout: Layout;
  readonly leases?: FileLeases;
  /** Streams whose files stay open between reads (default 256). */
  readonly readersMax?: number;
  /** Milliseconds of a clock that only grows; default `performance.now`. */
  readonly elapsed?: () => number;
}

/** Makes no file before `acquire`. */
export function openFsTransport(options: FsTransportOptions): Transport {
  return new FsTransport(options);
}

class FsTransport implements Transport {
  private readonly layout: Layout;
  private readonly leases: FileLeases;
  private readonly readersMax: number;
  private readonly elapsed: (() => number) | undefined;
  /** Readers at rest, the one used longest ago first. */
  private readonly readers = new Map<string, SegmentReader>();

  constructor(options: FsTransportOptions) {
    this.layout = options.layout;
    this.leases = options.leases ?? new FileLeases({ elapsed: options.elapsed });
    this.readersMax = options.readersMax ?? 256;
    this.elapsed = options.elapsed;
  }

  async policies(): Promise<readonly string[]> {
    return namesIn(this.layout.wal).filter(isPolicyFolder).toSorted();
  }

  async streams(policy: string): Promise<readonly StreamName[]> {
    return namesIn(this.layout.walOf(policy)).filter(isStreamFolder).toSorted();
  }

  /** @throws CB_LOG_CORRUPT, CB_LOG_TRIMMED */
  async read(place: { policy: string; stream: StreamName; from: Position; bytesMax: number }): Promise<Batch> {
    const directory = this.layout.streamOf(place.policy, place.stream);
    const reader =
      this.readers.get(directory) ?? new SegmentReader({ directory, from: place.from, elapsed: this.elapsed });
    this.readers.delete(directory);
    if (reader.position !== place.from) reader.seek(place.from);
    try {
      return await reader.read(place.bytesMax);
    } finally {
      this.rest(directory, reader);
    }
  }

  /** Deletes whole segments before `upTo`; the last one too, with its folder, once the stream is over and read. */
  async trim(place: { policy: string; stream: StreamName; upTo: Position }): Promise<void> {
    const { policy, stream, upTo } = place;
    const directory = this.layout.streamOf(policy, stream);
    const segments = listSegments(directory);
    segments.forEach((segment, index) => {
      const next = segments[index + 1];
      if (next !== undefined && !next.empty && next.base <= upTo) unlinkSync(segment.path);
    });
    const last = segments.at(-1);
    if (last === undefined || !(upTo >= last.base) || !(await this.isOver(place, last))) return;
    this.readers.get(directory)?.close();
    this.readers.delete(directory);
    for (const segment of listSegments(directory)) unlinkSync(segment.path);
    rmdirSync(directory);
  }

  /** Fences are above every segment of the joined log, so a restored backup cannot overtake it. */
  acquire(policy: string): Promise<Lease | undefined> {
    return this.leases.acquire(this.layout.leaseOf(policy), highestFence(this.layout.joinedOf(policy)));
  }

  async close(): Promise<void> {
    for (const reader of this.readers.values()) reader.close();
    this.readers.clear();
  }

  /** Nothing can follow `upTo` in the stream: it ended there, or its process is dead and left no whole frame after it. */
  private async isOver(place: { policy: string; stream: StreamName; upTo: Position }, last: Segment): Promise<boolean> {
    if (endsWithEnd(last, place.upTo)) return true;
    if (!isSuperseded(this.layout, place.stream)) return false;
    return (await this.read({ ...place, from: place.upTo, bytesMax: FRAME_HEADER_BYTES })).frames.length === 0;
  }

  private rest(directory: string, reader: SegmentReader): void {
    this.readers.get(directory)?.close();
    this.readers.set(directory, reader);
    for (const [oldest, other] of this.readers) {
      if (this.readers.size <= this.readersMax) return;
      other.close();
      this.readers.delete(oldest);
    }
  }
}

/** Bytes of every write-ahead segment of the workspace. Cost: a system call a file. */
export async function walBytes(layout: Layout): Promise<number> {
  let bytes = 0;
  for (const policy of namesIn(layout.wal).filter(isPolicyFolder)) {
    for (const stream of namesIn(layout.walOf(policy)).filter(isStreamFolder)) {
      for (const { path } of listSegments(layout.streamOf(policy, stream))) {
        bytes += await stat(path).then(
          ({ size }) => size,
          () => 0,
        );
      }
    }
  }
  return bytes;
}
