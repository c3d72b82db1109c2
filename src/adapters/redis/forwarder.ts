/**
 * Ships this machine's write-ahead segments to Redis Streams, in order, for as long as it runs; one a DATA_DIR (a
 * second one only wastes work). Each connection is a session: at its start the streams themselves say how far they
 * got, and any error ends it. So nothing is remembered that a restart of either side could make untrue, and a Redis
 * that lost its last second is filled up again from the segments. Local segments go when the writer has trimmed.
 */
import type { Redis } from "ioredis";
import type { Position } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import type { StreamName, Transport } from "../../ports/log.ts";
import { openFsTransport } from "../fs/fsTransport.ts";
import type { Layout } from "../fs/layout.ts";
import { ForwarderSession } from "./forwarderSession.ts";

export interface ForwarderOptions {
  readonly layout: Layout;
  /** Where to: its settings are copied for connections of the forwarder's own. */
  readonly redis: Redis;
  /** A stream that holds more bytes than this in Redis waits for the writer (default 256 MiB). */
  readonly streamBytesMax?: number;
  /** How often segments are looked at while nothing is new (default 10 ms). */
  readonly pollMs?: number;
  /** How long to wait before connecting again (default 200 ms). */
  readonly reconnectMs?: number;
  /** Told of every session that ended by an error. */
  readonly failed?: (error: unknown) => void;
}

export interface Place {
  readonly policy: string;
  readonly stream: StreamName;
}

interface Waiter extends Place {
  readonly position: Position;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Starts at once; also while Redis is away. */
export function startForwarder(options: ForwarderOptions): Forwarder {
  return new Forwarder(options);
}

export class Forwarder {
  private readonly options: ForwarderOptions;
  private readonly source: Transport;
  private readonly shipped = new Map<string, Position>();
  private waiters: Waiter[] = [];
  private closed = false;
  private wake: () => void = () => {};
  private readonly running: Promise<void>;

  constructor(options: ForwarderOptions) {
    this.options = options;
    this.source = openFsTransport({ layout: options.layout });
    this.running = this.run();
  }

  /** Resolves when Redis has acknowledged everything before `position` (level `store`). */
  acknowledged(place: Place, position: Position): Promise<void> {
    if ((this.shipped.get(nameOf(place)) ?? 0) >= position) return Promise.resolve();
    if (this.closed) return Promise.reject(new BrigandError("CB_LOG_CLOSED", { place: "the forwarder" }));
    return new Promise((resolve, reject) => {
      this.waiters.push({ ...place, position, resolve, reject });
      this.wake();
    });
  }

  /** Stops after the batch under way; the next forwarder goes on there. */
  async close(): Promise<void> {
    this.closed = true;
    this.wake();
    await this.running;
    await this.source.close();
    const error = new BrigandError("CB_LOG_CLOSED", { place: "the forwarder" });
    for (const waiter of this.waiters.splice(0)) waiter.reject(error);
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      const redis = connection(this.options.redis);
      try {
        await redis.connect();
        await this.session(redis);
      } catch (error) {
        this.options.failed?.(error);
        await this.rest(this.options.reconnectMs ?? 200);
      } finally {
        redis.disconnect();
      }
    }
  }

  private async session(redis: Redis): Promise<void> {
    const { layout, streamBytesMax = 256 * 1024 * 1024 } = this.options;
    const told = (place: Place, position: Position) => this.tell(place, position);
    const session = new ForwarderSession({ redis, layout, source: this.source, streamBytesMax, told });
    while (!this.closed) {
      if (!(await session.sweep())) await this.rest(this.options.pollMs ?? 10);
    }
  }

  private tell(place: Place, position: Position): void {
    const name = nameOf(place);
    this.shipped.set(name, position);
    const reached = (waiter: Waiter) => waiter.position <= position && nameOf(waiter) === name;
    const done = this.waiters.filter(reached);
    if (done.length === 0) return;
    this.waiters = this.waiters.filter((waiter) => !reached(waiter));
    for (const waiter of done) waiter.resolve();
  }

  /** Waits, less where somebody waits for an acknowledgement or for the end. */
  private rest(ms: number): Promise<void> {
    if (this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function nameOf(place: Place): string {
  return `${place.policy}/${place.stream}`;
}

/** One that never connects again by itself: what was sent on the old connection is not known to have arrived. */
function connection(like: Redis): Redis {
  const redis = like.duplicate({
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: 10_000,
  });
  redis.on("error", () => {});
  return redis;
}
