/** The transport over Redis Streams, as the writer uses it; `forwarder.ts` fills them. Needs Redis 6.2 or newer. */
import { crc32 } from "node:zlib";
import type { Redis } from "ioredis";
import type { Position } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { decodeFrames, type Frame } from "../../core/log/frame.ts";
import type { Batch, Lease, StreamName, Transport } from "../../ports/log.ts";
import { ENTRY_BYTES, keysOf, policiesKey } from "./streamsKeys.ts";
import { acquireLease } from "./streamsLease.ts";

export interface RedisTransportOptions {
  /** A connection of the caller's, who closes it. */
  readonly redis: Redis;
  readonly workspace: string;
  /** A lease that is not renewed for this long ends (default 10 s). */
  readonly leaseTtlMs?: number;
  /** Fences handed out are above this one: the highest in the policy's joined log. */
  readonly fenceAbove?: (policy: string) => number;
  /** Milliseconds of a clock that only grows; default `performance.now`. */
  readonly elapsed?: () => number;
}

export function openRedisTransport(options: RedisTransportOptions): Transport {
  return new RedisTransport(options);
}

type Entry = [id: Buffer, fields: Buffer[]];

class RedisTransport implements Transport {
  private readonly redis: Redis;
  private readonly options: RedisTransportOptions;

  constructor(options: RedisTransportOptions) {
    this.redis = options.redis;
    this.options = options;
  }

  async policies(): Promise<readonly string[]> {
    return (await this.redis.smembers(policiesKey(this.options.workspace))).toSorted();
  }

  async streams(policy: string): Promise<readonly StreamName[]> {
    return (await this.redis.smembers(this.keys(policy).streams)).toSorted();
  }

  /** Cost: one round trip. @throws CB_LOG_TRIMMED, CB_LOG_CORRUPT, ioredis' errors while Redis is away */
  async read(place: { policy: string; stream: StreamName; from: Position; bytesMax: number }): Promise<Batch> {
    const { policy, stream, from, bytesMax } = place;
    const key = this.keys(policy).wal(stream);
    const count = Math.min(1024, Math.max(16, Math.ceil(bytesMax / ENTRY_BYTES)));
    const entries: Entry[] = await this.redis.xrangeBuffer(key, `(${from}-0`, "+", "COUNT", count);
    const frames: Frame[] = [];
    let next = from;
    let bytes = 0;
    for (const [id, fields] of entries) {
      const end = positionOf(id.toString("latin1"));
      const start = end - fields[1].byteLength;
      if (next === from && start > from) await this.checkKept(place);
      if (frames.length > 0 && bytes + end - start > bytesMax) break;
      const found = framesOf(fields[1], { start, end, key });
      /** Entries of two forwarders may overlap. */
      for (const frame of found) if (frame.position >= next) frames.push(frame);
      bytes += end - start;
      next = end;
    }
    return { frames, next };
  }

  /** Removes entries that end at or before `upTo`. */
  async trim(place: { policy: string; stream: StreamName; upTo: Position }): Promise<void> {
    const keys = this.keys(place.policy);
    const done = this.redis.multi();
    done.hset(keys.trimmed, place.stream, place.upTo);
    done.xtrim(keys.wal(place.stream), "MINID", "=", `${place.upTo}-1`);
    await done.exec();
  }

  acquire(policy: string): Promise<Lease | undefined> {
    const { leaseTtlMs: ttlMs = 10_000, elapsed = () => performance.now(), fenceAbove } = this.options;
    const { lease: key, fence: fenceKey } = this.keys(policy);
    return acquireLease({ redis: this.redis, key, fenceKey, ttlMs, elapsed, fenceAbove: fenceAbove?.(policy) ?? 0 });
  }

  async forget(policy: string): Promise<void> {
    const keys = this.keys(policy);
    const streams = (await this.streams(policy)).map((stream) => keys.wal(stream));
    await this.redis.srem(policiesKey(this.options.workspace), policy);
    await this.redis.del(keys.streams, keys.trimmed, ...streams);
  }

  async close(): Promise<void> {}

  /** Bytes before the first entry are refused frames, or they were trimmed. */
  private async checkKept(place: { policy: string; stream: StreamName; from: Position }): Promise<void> {
    const first = Number((await this.redis.hget(this.keys(place.policy).trimmed, place.stream)) ?? 0);
    if (first > place.from) throw new BrigandError("CB_LOG_TRIMMED", { came: place.from, place: place.stream, first });
  }

  private keys(policy: string) {
    return keysOf(this.options.workspace, policy);
  }
}

/** The position in an entry's id. */
export function positionOf(id: string): Position {
  return Number(id.slice(0, id.indexOf("-")));
}

function framesOf(bytes: Uint8Array, entry: { start: Position; end: Position; key: string }): readonly Frame[] {
  const { frames, next, stop } = decodeFrames(bytes, entry.start, crc32);
  if (next === entry.end) return frames;
  throw new BrigandError("CB_LOG_CORRUPT", {
    place: `position ${next} in ${entry.key}`,
    problem: `the frame is ${stop}`,
  });
}
