/**
 * The one writer of a policy: reads its raw streams in rounds, runs the pipeline, commits the operations together
 * with the ranges it read. What is committed is repeated exactly after any crash; what is not was never seen by anyone.
 */

import { type JoinedLog, openJoined } from "../../src/adapters/fs/joinedLog.ts";
import { JoinedReader } from "../../src/adapters/fs/joinedLogReader.ts";
import type { Layout } from "../../src/adapters/fs/layout.ts";
import { newestSnapshot, writeSnapshot } from "../../src/adapters/fs/snapshots.ts";
import type { PolicyName, Position } from "../../src/core/domain.ts";
import { BrigandError } from "../../src/core/errors.ts";
import { clockOf, LIVE } from "../../src/core/join/clocks.ts";
import { encodeCommit } from "../../src/core/join/codec.ts";
import type { Commit } from "../../src/core/join/operations.ts";
import type { Frame } from "../../src/core/log/frame.ts";
import { RecordKind } from "../../src/core/log/records.ts";
import { Pipeline, type PipelineBounds } from "../../src/core/pipeline.ts";
import type { PolicySettings } from "../../src/core/settings/policy.ts";
import { loadPipeline, savePipeline } from "../../src/core/snapshot.ts";
import { CATALOGUE, type Lease, type Transport } from "../../src/ports/log.ts";
import { type StreamBatch, slicesByTime } from "./merged.ts";
import { OperationLog } from "./operationLog.ts";
import { applyFrame, repeatRounds } from "./replayed.ts";

export interface PolicyWriterOptions {
  readonly policy: PolicyName;
  readonly layout: Layout;
  readonly transport: Transport;
  /** Streams are trimmed up to the snapshot before the newest. */
  readonly trimsStreams?: boolean;
  /** Settings until the log's first settings record. */
  readonly settings: PolicySettings;
  readonly bounds: PipelineBounds;
  /** What each round waits for (default `disk`); with `process`, `sync` or `close` make all of them durable. */
  readonly level?: "process" | "disk";
  /** Milliseconds of a clock that only grows. */
  readonly elapsed: () => number;
}

/** Bytes read from one stream in one round. */
const ROUND_BYTES = 4 * 1024 * 1024;
/** Rounds of heartbeats alone are committed this much later. */
const IDLE_COMMIT_MS = 10_000;
const SNAPSHOT_MS = 30_000;
/** A snapshot stops the rounds while it is packed, so at least this many times that duration lies between two. */
const SNAPSHOT_REST = 60;
const SNAPSHOT_BYTES = 256 * 1024 * 1024;
/** A recovery that had to repeat more than this is not left to be repeated once more. */
const REPEATED_BYTES_MAX = 8 * 1024 * 1024;

type Range = Commit["ranges"][number];

export class PolicyWriter {
  readonly policy: PolicyName;
  readonly pipeline: Pipeline;
  readonly joined: JoinedLog;
  private readonly options: PolicyWriterOptions;
  private readonly lease: Lease;
  private readonly operations: OperationLog;
  private positions = new Map<string, Position>();
  private ranges: Range[] = [];
  private committedAtMs: number;
  private snapshotAtMs: number;
  private snapshotEveryMs = SNAPSHOT_MS;
  private snapshotPosition: Position = 0;
  /** A snapshot on its way to the disk, beside the rounds. */
  private writing: Promise<void> | undefined;
  private writingFailed: unknown;
  /** Positions of the snapshot before the newest. */
  private trimmable = new Map<string, Position>();

  private constructor(options: PolicyWriterOptions, lease: Lease, joined: JoinedLog) {
    this.options = options;
    this.policy = options.policy;
    this.lease = lease;
    this.joined = joined;
    this.operations = new OperationLog(joined);
    this.pipeline = new Pipeline({ settings: options.settings, bounds: options.bounds, store: this.operations });
    this.committedAtMs = options.elapsed();
    this.snapshotAtMs = options.elapsed();
  }

  /** The writer, caught up with its own log; undefined while somebody else holds the policy. @throws CB_REPLAY_DIVERGED */
  static async open(options: PolicyWriterOptions): Promise<PolicyWriter | undefined> {
    const lease = await options.transport.acquire(options.policy);
    if (lease === undefined) return undefined;
    let joined: JoinedLog | undefined;
    try {
      joined = await openJoined({
        directory: options.layout.joinedOf(options.policy),
        fence: lease.fence,
        level: options.level,
      });
      const writer = new PolicyWriter(options, lease, joined);
      await writer.recover();
      return writer;
    } catch (error) {
      await joined?.close();
      await lease.release();
      throw error;
    }
  }

  /** From the newest snapshot through the committed rounds after it. */
  private async recover(): Promise<void> {
    const { layout, transport, policy } = this.options;
    const snapshot = await newestSnapshot(layout.snapshotsOf(policy), this.joined.committed);
    if (snapshot !== undefined) {
      loadPipeline(this.pipeline, snapshot.pipeline);
      this.positions = snapshot.positions;
      this.snapshotPosition = snapshot.position;
    }
    const reader = new JoinedReader({ directory: layout.joinedOf(policy), from: this.snapshotPosition });
    const { pipeline, operations, joined } = this;
    const onRound = ({ commit }: { readonly commit: Commit }) => {
      for (const range of commit.ranges) this.positions.set(key(range), range.to);
    };
    await repeatRounds({ pipeline, operations, transport, reader, until: joined.committed, onRound });
    reader.close();
    if (joined.committed - this.snapshotPosition > REPEATED_BYTES_MAX) await this.snapshot();
  }

  /** Reads what is new, commits it. @returns whether there may be more at once. @throws CB_LOG_FENCED, CB_LOG_WRITE_FAILED */
  async round(): Promise<boolean> {
    if (!this.lease.valid) throw new BrigandError("CB_LOG_FENCED", { came: this.lease.fence, fence: "a higher one" });
    const catalogue = await this.readAll(CATALOGUE);
    const own = await this.readAll(this.policy);
    const idle = this.operations.appended === 0 && catalogue.records + own.records === 0;
    const waited = this.options.elapsed() - this.committedAtMs;
    if (this.ranges.length > 0 && (!idle || waited > IDLE_COMMIT_MS)) await this.commit();
    if (this.writingFailed !== undefined) throw this.writingFailed;
    if (this.snapshotDue()) this.startSnapshot();
    return catalogue.bytes + own.bytes > ROUND_BYTES / 2;
  }

  private async readAll(policy: string): Promise<{ records: number; bytes: number }> {
    const batches = await this.batchesOf(policy);
    const total = { records: 0, bytes: 0 };
    /** Only the streams of servers share a clock. */
    const [live, own] = [
      batches.filter(({ stream }) => isLive(stream)),
      batches.filter(({ stream }) => !isLive(stream)),
    ];
    for (const { stream, from, to, frames } of slicesByTime(live))
      this.take({ policy, stream, from, to }, frames, total);
    for (const { stream, from, next: to, frames } of own) this.take({ policy, stream, from, to }, frames, total);
    return total;
  }

  private async batchesOf(policy: string): Promise<StreamBatch[]> {
    const { transport } = this.options;
    const batches: StreamBatch[] = [];
    for (const stream of await transport.streams(policy)) {
      const from = this.positions.get(`${policy}/${stream}`) ?? 0;
      const { frames, next } = await transport.read({ policy, stream, from, bytesMax: ROUND_BYTES });
      if (next !== from) batches.push({ stream, from, frames, next, full: next - from > ROUND_BYTES / 2 });
    }
    return batches;
  }

  private take(range: Range, frames: readonly Frame[], total: { records: number; bytes: number }): void {
    for (const frame of frames) {
      this.operations.time = frame.time;
      applyFrame(this.pipeline, frame, range);
      if (frame.kind !== RecordKind.heartbeat) total.records++;
    }
    this.positions.set(key(range), range.to);
    this.note(range);
    total.bytes += range.to - range.from;
  }

  private note(range: Range): void {
    const last = this.ranges.at(-1);
    if (last !== undefined && key(last) === key(range))
      this.ranges[this.ranges.length - 1] = { ...range, from: last.from };
    else this.ranges.push(range);
  }

  private async commit(): Promise<void> {
    const { fence } = this.lease;
    const commit = encodeCommit({ fence, ranges: this.ranges, counts: { ...this.pipeline.join.counts } });
    try {
      await this.joined.commit(commit, this.operations.time);
    } catch (error) {
      if (!(error instanceof BrigandError) || error.code !== "CB_LOG_WRITE_FAILED") throw error;
      await this.joined.retry();
    }
    this.ranges = [];
    this.operations.appended = 0;
    this.committedAtMs = this.options.elapsed();
  }

  private snapshotDue(): boolean {
    const grown = this.joined.committed - this.snapshotPosition;
    const waited = this.options.elapsed() - this.snapshotAtMs;
    return (
      this.ranges.length === 0 &&
      this.writing === undefined &&
      (grown > SNAPSHOT_BYTES || (grown > 0 && waited > this.snapshotEveryMs))
    );
  }

  /** The state at the last commit, durable. Only between rounds. */
  async snapshot(): Promise<void> {
    await this.writing;
    if (this.joined.committed !== this.snapshotPosition) await this.startSnapshot();
    if (this.writingFailed !== undefined) throw this.writingFailed;
  }

  /** Packs the state now and writes it beside the rounds; never rejects: the next round does. */
  private startSnapshot(): Promise<void> {
    const { committed: position } = this.joined;
    const positions = new Map(this.positions);
    const { elapsed, layout } = this.options;
    const from = elapsed();
    const pipeline = savePipeline(this.pipeline);
    const written = writeSnapshot(layout.snapshotsOf(this.policy), { position, positions, pipeline });
    this.snapshotAtMs = elapsed();
    this.snapshotEveryMs = Math.max(SNAPSHOT_MS, SNAPSHOT_REST * (this.snapshotAtMs - from));
    this.writing = this.afterSnapshot(written, { position, positions })
      .catch((error: unknown) => {
        this.writingFailed = error;
      })
      .finally(() => {
        this.writing = undefined;
      });
    return this.writing;
  }

  private async afterSnapshot(
    written: Promise<void>,
    { position, positions }: { readonly position: Position; readonly positions: Map<string, Position> },
  ): Promise<void> {
    await written;
    this.snapshotPosition = position;
    if (this.options.trimsStreams === true) await this.trim();
    this.trimmable = positions;
  }

  /** Redis gives back what both kept snapshots are beyond; the segments of the machines that wrote it stay. */
  private async trim(): Promise<void> {
    for (const [place, upTo] of this.trimmable) {
      const at = place.indexOf("/");
      const policy = place.slice(0, at);
      if (policy !== CATALOGUE) await this.options.transport.trim({ policy, stream: place.slice(at + 1), upTo });
    }
  }

  /** Commits what was read, leaves a snapshot, gives the policy up. */
  async close(): Promise<void> {
    if (this.lease.valid) {
      if (this.ranges.length > 0) await this.commit();
      await this.joined.sync();
      await this.snapshot();
    }
    await this.abandon();
  }

  /** Gives the policy up without writing. */
  async abandon(): Promise<void> {
    await this.writing;
    await this.joined.close();
    await this.lease.release();
  }

  /** Position read up to in a stream of the policy or the catalogue. */
  positionOf(policy: string, stream: string): Position {
    return this.positions.get(`${policy}/${stream}`) ?? 0;
  }
}

function key({ policy, stream }: { policy: string; stream: string }): string {
  return `${policy}/${stream}`;
}

function isLive(stream: string): boolean {
  return clockOf(stream) === LIVE;
}
