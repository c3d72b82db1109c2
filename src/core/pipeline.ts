/**
 * The fold that a policy is: records in, operations out, state kept. The writer runs it on the log, `replay` runs it
 * again, `evaluate` runs it on a file; equal records in equal order give equal bytes.
 */
import type { Position, TimeMs } from "./domain.ts";
import { Catalogue } from "./features/catalogue.ts";
import { Discovery } from "./features/discover.ts";
import { type Encoded, encode } from "./features/encode.ts";
import { FACTOR_COLUMNS } from "./features/factor.ts";
import type { PolicyState } from "./features/policyState.ts";
import { leavesOf, readRequest } from "./features/request.ts";
import { Schema } from "./features/schema.ts";
import { FeatureState } from "./features/state.ts";
import { Clocks, clockOf } from "./join/clocks.ts";
import { Join } from "./join/join.ts";
import type { Operation } from "./join/operations.ts";
import { OperationKind } from "./join/operations.ts";
import type { OpenDecision } from "./join/pending.ts";
import type { OperationStore } from "./join/ports.ts";
import type {
  DecisionRecord,
  InteractionRecord,
  LogRecord,
  RankingRecord,
  SettingsRecord,
  VectorsRecord,
} from "./log/records.ts";
import { RecordKind } from "./log/records.ts";
import { type PolicySettings, withDefaults } from "./settings/policy.ts";
import { Experiment, SUBJECTS_MAX } from "./variants/experiment.ts";
import { periodOf, samePeriod } from "./variants/period.ts";

export interface PipelineBounds {
  readonly catalogueItemsMax: number;
  readonly featureUsersMax: number;
  readonly pairRatesMax: number;
  readonly pendingDecisionsMax: number;
  readonly waitingRewardsMax: number;
  readonly rememberedIdsMax: number;
  readonly columnsMax: number;
  /** Subjects of all variants kept one by one; over it a sample. */
  readonly experimentSubjectsMax: number;
}

export const defaultBounds: PipelineBounds = {
  catalogueItemsMax: 500_000,
  featureUsersMax: 100_000,
  pairRatesMax: 1_000_000,
  pendingDecisionsMax: 300_000,
  waitingRewardsMax: 300_000,
  rememberedIdsMax: 2_000_000,
  columnsMax: 160,
  experimentSubjectsMax: SUBJECTS_MAX,
};

export interface PipelineOptions {
  readonly settings: PolicySettings;
  readonly bounds: PipelineBounds;
  readonly store: OperationStore;
  /** Shared by the policies of a workspace; whoever owns it applies item and user records to it. */
  readonly catalogue?: Catalogue;
  /** Sees each ranking that somebody else served as it was encoded, from what was known before it. */
  readonly onRanking?: (record: RankingRecord, encoded: Encoded) => void;
}

export class Pipeline {
  readonly state: PolicyState;
  readonly join: Join;
  readonly clocks = new Clocks();
  readonly discovery: Discovery;
  private readonly store: OperationStore;

  constructor(options: PipelineOptions) {
    const { settings, bounds, store } = options;
    const catalogue =
      options.catalogue ?? new Catalogue({ itemsMax: bounds.catalogueItemsMax, usersMax: bounds.featureUsersMax });
    const features = new FeatureState(catalogue, bounds);
    this.state = { catalogue, features, schema: new Schema(), experiment: new Experiment(bounds) };
    this.store = { append: (operation) => this.emit(operation), recall: (position) => store.recall(position) };
    this.join = new Join({ settings, store: this.store, bounds });
    this.discovery = new Discovery(bounds.columnsMax);
    this.append = (operation) => store.append(operation);
    this.onRanking = options.onRanking ?? (() => {});
  }

  private readonly onRanking: (record: RankingRecord, encoded: Encoded) => void;
  private readonly append: (operation: Operation) => Position;

  /** An operation takes effect on the state in the moment it is written. */
  private emit(operation: Operation): Position {
    applyOperation(this.state, operation);
    return this.append(operation);
  }

  /** One record of a stream, whose frame was written at `time`. */
  apply(record: LogRecord, time: TimeMs, stream: string): void {
    const clock = clockOf(stream);
    if (record.kind === RecordKind.end) return this.end(record.stream ?? stream);
    if (record.kind === RecordKind.vectors) return this.vectors(record);
    this.join.advance(clock, this.clocks.advance(stream, time));
    switch (record.kind) {
      case RecordKind.decision:
        return this.decision(record, clock, time);
      case RecordKind.ranking:
        return this.ranking(record, clock, time);
      case RecordKind.reward:
        return this.join.reward(record, clock, time);
      case RecordKind.interaction:
        return this.interaction(record, clock, time);
      case RecordKind.activate:
        return this.join.activate(record.decision, clock, time);
      case RecordKind.settings:
        return this.settings(record);
      case RecordKind.item:
      case RecordKind.user:
        this.state.catalogue.apply(record);
    }
  }

  /** Settings in effect from here on; a split that they change is an operation. */
  private settings({ settings: given, at: since }: SettingsRecord): void {
    const settings = withDefaults(given);
    this.join.settings = settings;
    const period = periodOf(settings);
    if (!samePeriod(period, this.state.experiment.period))
      this.store.append({ kind: OperationKind.variants, ...period, since });
  }

  /** A log line of no clock. Vectors that are not newer than those in force change nothing. */
  private vectors(record: VectorsRecord): void {
    if (record.version <= (this.state.features.vectors?.value.version ?? 0)) return;
    const known = new Set(this.state.schema.columns);
    const columns = FACTOR_COLUMNS.filter((column) => !known.has(column));
    if (columns.length > 0) this.store.append({ kind: OperationKind.schema, columns });
    this.emit({ ...record, kind: OperationKind.vectors });
  }

  /** Nothing more comes of the stream: an import's decisions settle and close at once. */
  private end(stream: string): void {
    this.clocks.end(stream);
    const clock = clockOf(stream);
    if (clock === stream) this.join.advance(clock, Number.POSITIVE_INFINITY);
  }

  private decision(record: DecisionRecord, clock: string, time: TimeMs): void {
    const { catalogue } = this.state;
    const { context, user } = record;
    const request = { subject: record.subject, context, user, leaves: leavesOf(catalogue, record) };
    this.discover(request);
    const { id, subject, served, variant, modelVersion, deferred, columns, propensity: propensities, at } = record;
    const plan = this.state.schema.plan(catalogue);
    const segments = readRequest(catalogue, plan, request).segments.map(({ key }) => key);
    const items = record.slots.map((index) => record.items[index]);
    const drawn = served === "model" ? drawnOf(record) : undefined;
    const opened = { id, subject, served, variant, modelVersion, deferred, segments, items, propensities, columns, at };
    this.join.open({ ...opened, ...drawn, dense: record.shown }, clock, time);
  }

  /** A ranking served elsewhere: its rows are encoded here, from what is known before it. */
  private ranking(record: RankingRecord, clock: string, time: TimeMs): void {
    this.discover(record);
    const { id, subject = record.session, context, items, at } = record;
    const inputPosition = items.map((_, index) => index);
    const encoded = encode(this.state, { subject, context, items, inputPosition, at });
    this.onRanking(record, encoded);
    const { columns, segments } = encoded;
    const { slots = inputPosition, propensity: propensities } = record;
    const dense = record.slots === undefined ? encoded.dense : rowsOf(encoded, slots);
    const shown = slots.map((index) => items[index].id);
    const opened: OpenDecision = {
      id,
      subject,
      served: "logged",
      variant: "logged",
      modelVersion: 0,
      deferred: false,
      segments,
      items: shown,
      propensities,
      columns,
      dense,
      at,
    };
    this.join.open(opened, clock, time);
  }

  private interaction(record: InteractionRecord, clock: string, time: TimeMs): void {
    const { ranking, subject = record.session, item, type, value = 1, at } = record;
    const decision = ranking ?? (subject === undefined ? undefined : this.join.latestShowing(subject, item));
    if (decision === undefined) this.join.counts.danglingRewards++;
    else this.join.reward({ decision, item, value, type, rewardId: record.id, at }, clock, time);
  }

  private discover(request: Parameters<Discovery["observe"]>[1]): void {
    const columns = this.discovery.observe(this.state, request);
    if (columns.length > 0) this.store.append({ kind: OperationKind.schema, columns });
  }
}

/** Of a list that a model drew. The seed model believes nothing. */
function drawnOf({ items, floor, slots, score, modelVersion }: DecisionRecord) {
  const scores = modelVersion > 0 ? Float32Array.from(slots, (index) => score[index]) : undefined;
  return { candidates: items.length, floor, scores };
}

/** The rows of these items, in this order. */
function rowsOf({ dense, columns }: Encoded, slots: readonly number[]): Float32Array {
  const rows = new Float32Array(slots.length * columns);
  slots.forEach((index, l) => void rows.set(dense.subarray(index * columns, (index + 1) * columns), l * columns));
  return rows;
}

/** The whole effect of an operation on a policy's state: servers that follow the joined log call the same. */
export function applyOperation(state: PolicyState, operation: Operation): void {
  if (operation.kind === OperationKind.schema) state.schema.append(operation.columns);
  else if (operation.kind === OperationKind.variants) state.experiment.begin(operation);
  else if (operation.kind === OperationKind.close) state.experiment.add(operation);
  else state.features.apply(operation);
}
