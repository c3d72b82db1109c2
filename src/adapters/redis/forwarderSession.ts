/** One connection's worth of forwarding; see `forwarder.ts`. */
import type { Redis } from "ioredis";
import type { Position } from "../../core/domain.ts";
import type { Frame } from "../../core/log/frame.ts";
import type { Transport } from "../../ports/log.ts";
import { FrameBuffer } from "../fs/appendStreamBuffer.ts";
import type { Layout } from "../fs/layout.ts";
import { firstPosition } from "../fs/segments.ts";
import type { Place } from "./forwarder.ts";
import { positionOf } from "./streams.ts";
import { ENTRY_BYTES, ENTRY_FIELD, keysOf, policiesKey } from "./streamsKeys.ts";

const BATCH_BYTES = 1024 * 1024;
/** Sweeps between two looks for new streams, and at what the writer has trimmed. */
const LIST_EVERY = 10;
const TRIM_EVERY = 200;

export interface SessionOptions {
  readonly redis: Redis;
  readonly layout: Layout;
  readonly source: Transport;
  readonly streamBytesMax: number;
  /** Told when Redis has acknowledged everything before a position. */
  readonly told: (place: Place, position: Position) => void;
}

interface Tail extends Place {
  /** Where Redis' copy ends. */
  position: Position;
  /** Where it begins. */
  trimmed: Position;
}

export class ForwarderSession {
  private readonly options: SessionOptions;
  private readonly tails = new Map<string, Tail>();
  private sweeps = 0;

  constructor(options: SessionOptions) {
    this.options = options;
  }

  /** A batch of every stream that has one; false when nothing was new. @throws whatever Redis or the disk says */
  async sweep(): Promise<boolean> {
    if (this.sweeps % TRIM_EVERY === 0) await this.trimLocal();
    if (this.sweeps++ % LIST_EVERY === 0) await this.list();
    let busy = false;
    for (const tail of this.tails.values()) if (await this.ship(tail)) busy = true;
    return busy;
  }

  private async list(): Promise<void> {
    const { source } = this.options;
    for (const policy of await source.policies()) {
      for (const stream of await source.streams(policy)) {
        if (!this.tails.has(`${policy}/${stream}`)) await this.begin({ policy, stream });
      }
    }
  }

  /** Learns from Redis how far the stream got. */
  private async begin(place: Place): Promise<void> {
    const { redis, layout, told } = this.options;
    const keys = this.keys(place);
    await redis.sadd(policiesKey(layout.workspace), place.policy);
    await redis.sadd(keys.streams, place.stream);
    const first = firstPosition(layout.streamOf(place.policy, place.stream));
    const trimmed = Math.max(first, Number((await redis.hget(keys.trimmed, place.stream)) ?? 0));
    const position = Math.max(trimmed, await lastPosition(redis, keys.wal(place.stream)));
    this.tails.set(`${place.policy}/${place.stream}`, { ...place, trimmed, position });
    told(place, position);
  }

  private async ship(tail: Tail): Promise<boolean> {
    const { redis, source, streamBytesMax, told } = this.options;
    if (tail.position - tail.trimmed > streamBytesMax) {
      tail.trimmed = Math.max(tail.trimmed, Number((await redis.hget(this.keys(tail).trimmed, tail.stream)) ?? 0));
      if (tail.position - tail.trimmed > streamBytesMax) return false;
    }
    const { policy, stream, position: from } = tail;
    const { frames, next } = await source.read({ policy, stream, from, bytesMax: BATCH_BYTES });
    if (frames.length === 0) return false;
    const key = this.keys(tail).wal(stream);
    const pipeline = redis.pipeline();
    for (const entry of entriesOf(frames)) pipeline.xadd(key, `${entry.end}-0`, ENTRY_FIELD, Buffer.from(entry.bytes));
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
    tail.position = next;
    told(tail, next);
    return true;
  }

  /** Deletes local segments that the writer is done with, and what Redis knows of a stream that has gone with them. */
  private async trimLocal(): Promise<void> {
    const { redis, source } = this.options;
    for (const policy of await source.policies()) {
      const keys = keysOf(this.options.layout.workspace, policy);
      const trimmed = await redis.hgetall(keys.trimmed);
      for (const stream of await source.streams(policy)) {
        if (trimmed[stream] === undefined) continue;
        await source.trim({ policy, stream, upTo: Number(trimmed[stream]) });
        if ((await source.streams(policy)).includes(stream)) continue;
        this.tails.delete(`${policy}/${stream}`);
        await redis.multi().del(keys.wal(stream)).srem(keys.streams, stream).hdel(keys.trimmed, stream).exec();
      }
    }
  }

  private keys(place: Place) {
    return keysOf(this.options.layout.workspace, place.policy);
  }
}

/** Where the stream in Redis ends, also when all its entries were trimmed; 0 for none. */
async function lastPosition(redis: Redis, key: string): Promise<Position> {
  if ((await redis.exists(key)) === 0) return 0;
  const facts = (await redis.xinfo("STREAM", key)) as unknown[];
  return positionOf(String(facts[facts.indexOf("last-generated-id") + 1]));
}

/** Runs of frames that follow each other without a hole, each about ENTRY_BYTES. */
function entriesOf(frames: readonly Frame[]): readonly FrameBuffer[] {
  const entries: FrameBuffer[] = [];
  for (const frame of frames) {
    let entry = entries.at(-1);
    if (entry === undefined || entry.end !== frame.position || entry.end - entry.start >= ENTRY_BYTES) {
      entry = new FrameBuffer(frame.position);
      entries.push(entry);
    }
    entry.append({ ...frame, payload: [frame.payload] });
  }
  return entries;
}
