/**
 * The server's copy of what each policy knows: the writer's newest snapshot, then the catalogue's streams and the
 * joined log as they grow. Requests read it synchronously; between two polls it stands still.
 */
import type { PolicyName, Position } from "../core/domain.ts";
import { BrigandError } from "../core/errors.ts";
import { Catalogue } from "../core/features/catalogue.ts";
import type { PolicyState } from "../core/features/policyState.ts";
import { Schema } from "../core/features/schema.ts";
import { FeatureState } from "../core/features/state.ts";
import { decodeCommit, decodeOperation } from "../core/join/codec.ts";
import { OperationKind } from "../core/join/operations.ts";
import { decodeRecord } from "../core/log/codec.ts";
import type { Frame } from "../core/log/frame.ts";
import { RecordKind } from "../core/log/records.ts";
import { applyOperation } from "../core/pipeline.ts";
import { loadState, type SavedState } from "../core/snapshot.ts";
import { Experiment } from "../core/variants/experiment.ts";
import { type Batch, CATALOGUE, type Transport } from "../ports/log.ts";

const BATCH_BYTES = 512 * 1024;

export interface ReplicaBounds {
  readonly catalogueItemsMax: number;
  readonly featureUsersMax: number;
  readonly pairRatesMax: number;
  readonly experimentSubjectsMax: number;
}

/** Where a replica starts and what it follows. */
export interface ReplicaSources {
  readonly transport: Pick<Transport, "streams" | "read">;
  snapshot(
    policy: PolicyName,
  ): Promise<{ position: Position; positions: Map<string, Position>; state: SavedState } | undefined>;
  joined(policy: PolicyName, from: Position): { read(bytesMax: number): Promise<Batch>; close(): void };
}

/** One policy's copy. */
export class PolicyReplica {
  state: PolicyState;
  /** Counters of the join as of the last commit read. */
  counts: Readonly<Record<string, number>> = {};
  /** Decisions that settled, of those followed. */
  learns = 0;
  /** Commits read. */
  commits = 0;
  /** Log time of the last commit read. */
  committedAt = 0;
  private closed = false;
  private positions = new Map<string, Position>();
  private reader: ReturnType<ReplicaSources["joined"]> | undefined;
  private readonly policy: PolicyName;
  private readonly sources: ReplicaSources;
  private readonly bounds: ReplicaBounds;

  constructor(policy: PolicyName, sources: ReplicaSources, bounds: ReplicaBounds) {
    this.policy = policy;
    this.sources = sources;
    this.bounds = bounds;
    this.state = emptyState(bounds);
  }

  /** Reads on, at most one batch of the joined log and of each catalogue stream. @returns whether there was anything. */
  async poll(): Promise<boolean> {
    if (this.closed) return false;
    this.reader ??= await this.start();
    try {
      const catalogue = await this.pollCatalogue();
      const { frames } = await this.reader.read(BATCH_BYTES);
      for (const frame of frames) this.apply(frame);
      return catalogue || frames.length > 0;
    } catch (error) {
      if (this.closed) return false;
      if (!(error instanceof BrigandError) || (error.code !== "CB_LOG_FENCED" && error.code !== "CB_LOG_TRIMMED"))
        throw error;
      this.reader.close();
      this.reader = undefined;
      return true;
    }
  }

  private async start(): Promise<ReturnType<ReplicaSources["joined"]>> {
    const snapshot = await this.sources.snapshot(this.policy);
    const state = emptyState(this.bounds);
    if (snapshot !== undefined) loadState(state, snapshot.state);
    this.positions = new Map(snapshot?.positions);
    this.state = state;
    return this.sources.joined(this.policy, snapshot?.position ?? 0);
  }

  private async pollCatalogue(): Promise<boolean> {
    const { transport } = this.sources;
    let any = false;
    for (const stream of await transport.streams(CATALOGUE)) {
      const place = `${CATALOGUE}/${stream}`;
      const from = this.positions.get(place) ?? 0;
      const { frames, next } = await transport.read({ policy: CATALOGUE, stream, from, bytesMax: BATCH_BYTES });
      for (const frame of frames) {
        const record = decodeRecord(frame);
        if (record.kind === RecordKind.item || record.kind === RecordKind.user) this.state.catalogue.apply(record);
      }
      this.positions.set(place, next);
      any ||= frames.length > 0;
    }
    return any;
  }

  private apply(frame: Frame): void {
    if (frame.kind === OperationKind.commit) {
      this.counts = decodeCommit(frame).counts;
      this.committedAt = frame.time;
      this.commits++;
    } else if (frame.kind !== OperationKind.correct) {
      if (frame.kind === OperationKind.learn) this.learns++;
      applyOperation(this.state, decodeOperation(frame));
    }
  }

  /** Nothing more is read; a read under way ends in silence. */
  close(): void {
    this.closed = true;
    this.reader?.close();
  }
}

function emptyState(bounds: ReplicaBounds): PolicyState {
  const catalogue = new Catalogue({ itemsMax: bounds.catalogueItemsMax, usersMax: bounds.featureUsersMax });
  const features = new FeatureState(catalogue, bounds);
  return { catalogue, features, schema: new Schema(), experiment: new Experiment(bounds) };
}
