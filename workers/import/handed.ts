/**
 * Streams whose records are handed over by the thread that writes them: its transport reads them from what has come,
 * and what did not come from the log. Both say the same, so a writer that recovers later needs the log alone.
 */
import type { Position } from "../../src/core/domain.ts";
import type { Frame } from "../../src/core/log/frame.ts";
import type { HandedRecords } from "../../src/core/log/handed.ts";
import { RecordUnpacker } from "../../src/core/log/handedReader.ts";
import type { Batch, Transport } from "../../src/ports/log.ts";

/** A stretch of a stream that is written (level `process`). */
export interface Handed {
  /** Index of the stream among those that are handed over. */
  readonly place: number;
  readonly from: Position;
  readonly next: Position;
  /** Absent: to be read from the log. */
  readonly records?: HandedRecords;
}

interface Place {
  readonly policy: string;
  readonly stream: string;
}

type Stretch = Parameters<Transport["read"]>[0];

interface Queue {
  readonly waiting: Handed[];
  readonly unpacker: RecordUnpacker;
}

export class HandedStreams {
  private readonly queues: readonly Queue[];
  private readonly places: readonly Place[];
  private wake = () => {};

  constructor(places: readonly Place[]) {
    this.places = places;
    this.queues = places.map(() => ({ waiting: [], unpacker: new RecordUnpacker() }));
  }

  put(handed: Handed): void {
    this.queues[handed.place].waiting.push(handed);
    this.wake();
  }

  /** Resolves when something has come, at the latest after `ms`. */
  async come(ms: number): Promise<void> {
    if (this.queues.some(({ waiting }) => waiting.length > 0)) return new Promise((resolve) => setImmediate(resolve));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = () => {};
  }

  /** The transport, but for these streams: of them it answers what was handed over, and nothing before. */
  over(transport: Transport): Transport {
    const read: Transport["read"] = (place) => {
      const index = this.places.findIndex(({ policy, stream }) => policy === place.policy && stream === place.stream);
      return index < 0 ? transport.read(place) : this.read(this.queues[index], place, transport);
    };
    return {
      policies: () => transport.policies(),
      streams: (policy) => transport.streams(policy),
      read,
      trim: (place) => transport.trim(place),
      acquire: (policy) => transport.acquire(policy),
      close: () => transport.close(),
    };
  }

  private async read({ waiting, unpacker }: Queue, place: Stretch, transport: Transport): Promise<Batch> {
    const frames: Frame[] = [];
    let next = place.from;
    while (waiting.length > 0 && next - place.from < place.bytesMax) {
      const { records, ...first } = waiting[0];
      // Texts are told once, so all that came is unpacked, in order.
      const known = records === undefined ? undefined : unpacker.frames(records, first.from);
      if (known === undefined || first.from > next) {
        waiting[0] = first;
        break;
      }
      waiting.shift();
      for (const frame of known) if (frame.position >= next) frames.push(frame);
      next = Math.max(next, first.next);
    }
    if (frames.length > 0 || waiting.length === 0) return { frames, next };
    const bytesMax = Math.min(place.bytesMax, Math.max(1, waiting[0].next - next));
    const read = await transport.read({ ...place, from: next, bytesMax });
    while (waiting.length > 0 && waiting[0].records === undefined && waiting[0].next <= read.next) waiting.shift();
    return read;
  }
}
