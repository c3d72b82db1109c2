/**
 * The write-ahead streams of this process: one a policy, opened on first use, each a heartbeat a second so that the
 * writer's clock moves when nothing else does. A stream that ends never goes on: reopening makes a new one.
 */
import type { Position, TimeMs } from "../core/domain.ts";
import { BrigandError } from "../core/errors.ts";
import { encodeRecord } from "../core/log/codec.ts";
import { type LogRecord, RecordKind } from "../core/log/records.ts";
import type { Clock } from "../ports/clock.ts";
import { type AppendStream, CATALOGUE, type DurabilityLevel } from "../ports/log.ts";
import type { WalPort } from "./ports.ts";
import type { PreparedPolicy } from "./settings.ts";

const BEAT_MS = 1000;
/** While rows wait to settle the writer should learn of the time sooner. */
const BUSY_BEAT_MS = 200;
/** Rows that settle later than this after their decision can wait for the slow beat. */
const BUSY_MAX_MS = 10_000;

export interface Appended {
  readonly position: Position;
  readonly durable: Promise<void>;
  /** Bytes of the payload. */
  readonly bytes: number;
}

interface OpenStreamParts {
  readonly clock: Clock;
  /** Told of heartbeats that the log did not take. */
  readonly refused: (error: unknown) => void;
}

/** One stream under way. */
export class OpenStream {
  readonly policy: string;
  readonly name: string;
  private readonly stream: AppendStream;
  private readonly clock: Clock;
  private lastTime: TimeMs = 0;
  /** Rows of decisions wait for a beat until then. */
  busyUntil: TimeMs = 0;
  lastUsed: TimeMs = 0;

  private readonly refused: (error: unknown) => void;

  constructor(place: { policy: string; name: string }, stream: AppendStream, parts: OpenStreamParts) {
    this.policy = place.policy;
    this.name = place.name;
    this.stream = stream;
    this.clock = parts.clock;
    this.refused = parts.refused;
  }

  /** Position of the next frame. */
  get end(): Position {
    return this.stream.end;
  }

  /** Queues a record; its position is final at once. Frame times never go back. */
  append(record: LogRecord, level: DurabilityLevel): Appended {
    const now = this.clock.now();
    if (now > this.lastTime) this.lastTime = now;
    this.lastUsed = now;
    const payload = encodeRecord(record);
    const { position, durable } = this.stream.append({
      kind: record.kind,
      time: this.lastTime,
      payload: [payload],
      level,
    });
    return { position, durable, bytes: payload.byteLength };
  }

  beat(now: TimeMs): void {
    const wait = now < this.busyUntil ? BUSY_BEAT_MS : BEAT_MS;
    if (now - this.lastTime < wait) return;
    this.append({ kind: RecordKind.heartbeat, at: now }, "process").durable.catch(this.refused);
  }

  /** Notes a decision whose rows settle after `settleMs`. */
  expectSettling(now: TimeMs, settleMs: number): void {
    const until = now + settleMs + BEAT_MS;
    if (settleMs <= BUSY_MAX_MS && until > this.busyUntil) this.busyUntil = until;
  }

  async finish(now: TimeMs): Promise<void> {
    await this.append({ kind: RecordKind.end, at: now }, "disk").durable;
    await this.stream.close();
  }
}

export interface StreamsOptions {
  readonly wal: WalPort;
  readonly clock: Clock;
  readonly openStreamsMax: number;
  readonly walBytesMax: number;
  /** Whether a policy of that name exists; the stream of one that went away ends. */
  readonly exists?: (policy: string) => boolean;
  /** Told of heartbeats that the log did not take. */
  readonly refused?: (error: unknown) => void;
  /** Told of streams that could not be ended. */
  readonly failed: (error: unknown) => void;
}

export class Streams {
  private readonly open = new Map<string, OpenStream>();
  private readonly generation = new Map<string, number>();
  private readonly options: StreamsOptions;
  private readonly timer: NodeJS.Timeout;
  private closing = false;

  constructor(options: StreamsOptions) {
    this.options = options;
    this.timer = setInterval(() => this.beat(), BUSY_BEAT_MS);
    this.timer.unref();
  }

  /**
   * The policy's stream. A new one begins with the policy's settings, which the writer joins by.
   * @throws CB_LOG_FULL, CB_LOG_WRITE_FAILED, CB_SERVER_CLOSING. Cost: a lookup.
   */
  of(policy: PreparedPolicy): OpenStream {
    this.checkRoom();
    const known = this.open.get(policy.name);
    if (known !== undefined) return known;
    const stream = this.create(policy.name);
    this.tellSettings(stream, policy);
    return stream;
  }

  /** The stream of item and user events, shared by all policies. @throws as `of` */
  catalogue(): OpenStream {
    this.checkRoom();
    return this.open.get(CATALOGUE) ?? this.create(CATALOGUE);
  }

  /** The policy's settings are these from here on. */
  async changed(policy: PreparedPolicy): Promise<void> {
    const known = this.open.get(policy.name);
    if (known === undefined) this.of(policy);
    else await this.tellSettings(known, policy);
  }

  get size(): number {
    return this.open.size;
  }

  /** Ends every stream: decisions of a stream that has ended may close at once. */
  async close(): Promise<void> {
    this.closing = true;
    clearInterval(this.timer);
    const now = this.options.clock.now();
    await Promise.all([...this.open.values()].map((stream) => stream.finish(now).catch(this.options.failed)));
    this.open.clear();
  }

  private tellSettings(stream: OpenStream, policy: PreparedPolicy): Promise<void> {
    const at = this.options.clock.now();
    const { durable } = stream.append({ kind: RecordKind.settings, settings: policy.settings, at }, "disk");
    durable.catch(this.options.failed);
    return durable;
  }

  private checkRoom(): void {
    if (this.closing) throw new BrigandError("CB_SERVER_CLOSING");
    const bytes = this.options.wal.bytes();
    const maximum = this.options.walBytesMax;
    if (!(bytes < maximum)) throw new BrigandError("CB_LOG_FULL", { maximum, came: bytes });
  }

  private create(policy: string): OpenStream {
    if (this.isGone(policy)) throw new BrigandError("CB_POLICY_REMOVING", { came: policy });
    if (this.open.size >= this.options.openStreamsMax) this.endOldest();
    const generation = this.generation.get(policy) ?? 0;
    const base = this.options.wal.streamName;
    const name = generation === 0 ? base : `${base}x${generation}`;
    const stream = new OpenStream({ policy, name }, this.options.wal.open({ policy, stream: name }), {
      clock: this.options.clock,
      refused: this.options.refused ?? (() => {}),
    });
    this.generation.set(policy, generation + 1);
    this.open.set(policy, stream);
    return stream;
  }

  private endOldest(): void {
    let oldest: OpenStream | undefined;
    for (const stream of this.open.values()) {
      if (stream.policy !== CATALOGUE && (oldest === undefined || stream.lastUsed < oldest.lastUsed)) oldest = stream;
    }
    if (oldest === undefined) return;
    this.open.delete(oldest.policy);
    oldest.finish(this.options.clock.now()).catch(this.options.failed);
  }

  private beat(): void {
    const now = this.options.clock.now();
    for (const stream of this.open.values()) {
      if (this.isGone(stream.policy)) {
        this.open.delete(stream.policy);
        stream.finish(now).catch(this.options.failed);
      } else stream.beat(now);
    }
  }

  private isGone(policy: string): boolean {
    return policy !== CATALOGUE && this.options.exists?.(policy) === false;
  }
}
