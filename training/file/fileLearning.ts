/**
 * Learning from a file, without a log: decisions whose rewards stand beside them become operations at once, events go
 * through the join. Every row is encoded from what was known before it, as servers do it, and predicted before it is
 * learned. Only what was shown is encoded, so columns that compare a list's items (`…|z`, `…|m`, `…|q`) come with the
 * server's own log.
 */
import type { Position, Subject, TimeMs } from "../../src/core/domain.ts";
import { toRecord } from "../../src/core/events/toRecord.ts";
import { encode } from "../../src/core/features/encode.ts";
import type { Plan } from "../../src/core/features/plan.ts";
import { leavesOf } from "../../src/core/features/request.ts";
import { importanceOf, type LoggedDecision, type LoggedSlot } from "../../src/core/formats/decision.ts";
import type { FileEntry } from "../../src/core/formats/format.ts";
import { itemName } from "../../src/core/formats/names.ts";
import type { LearnOperation, Operation } from "../../src/core/join/operations.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import { RecordKind } from "../../src/core/log/records.ts";
import { float32s } from "../../src/core/math/slab.ts";
import { applyOperation, Pipeline, type PipelineBounds } from "../../src/core/pipeline.ts";
import type { PolicySettings } from "../../src/core/settings/policy.ts";
import { Learner } from "../learner/learner.ts";
import { ProgressiveLoss } from "./progress.ts";

export interface FileLearningOptions {
  readonly settings: PolicySettings;
  readonly bounds: PipelineBounds;
  readonly pseudonym: (kind: "user" | "session", id: string) => Subject;
}

export interface FileCounts {
  decisions: number;
  events: number;
  /** Decisions that are not learned: the file says so, or does not say what was shown or what came of it. */
  skipped: number;
  unlabelled: number;
}

/** Rows of a file stand before every row of a log: places far below 0. */
const FIRST_PLACE = -(2 ** 50);
const STREAM = "import-file";
/** Times that a decision counts at most, however few of its kind the log kept. */
const IMPORTANCE_MAX = 1000;
/** Fractions that add up to one in Float64. */
const WHOLE = 1 - 1e-9;

export class FileLearning {
  readonly pipeline: Pipeline;
  readonly learner: Learner;
  readonly loss = new ProgressiveLoss();
  readonly counts: FileCounts = { decisions: 0, events: 0, skipped: 0, unlabelled: 0 };
  /** The newest rows: some of them become the model's golden ones. */
  last: LearnOperation | undefined;
  private readonly options: FileLearningOptions;
  private readonly learned = new Map<Position, LearnOperation>();
  private place = FIRST_PLACE;
  private time: TimeMs = 0;
  /** Part of a decision's importance that was not learned yet. */
  private owed = 0;

  constructor(options: FileLearningOptions) {
    this.options = options;
    const store = { append: (operation: Operation) => this.fold(operation), recall: (at: Position) => this.recall(at) };
    this.pipeline = new Pipeline({ settings: options.settings, bounds: options.bounds, store });
    this.learner = new Learner(this.pipeline.state.schema.columns);
  }

  add(entry: FileEntry): void {
    if (entry.kind === "decision") this.decision(entry.decision);
    else {
      this.counts.events++;
      const record = toRecord(entry.event, this.options.pseudonym);
      this.time = Math.max(this.time, record.at);
      this.pipeline.apply(record, this.time, STREAM);
    }
  }

  /** Nothing more comes: events whose window is open settle and close. */
  end(): void {
    this.pipeline.apply({ kind: RecordKind.end, at: this.time }, this.time, STREAM);
  }

  private decision(decision: LoggedDecision): void {
    this.counts.decisions++;
    const shown = decision.slots.filter(({ reward }) => reward !== undefined);
    if (decision.skipLearn === true) this.counts.skipped++;
    else if (shown.length === 0) this.counts.unlabelled++;
    else {
      this.owed += Math.min(IMPORTANCE_MAX, importanceOf(decision));
      for (; this.owed >= WHOLE; this.owed--) this.learn(decision, shown);
    }
  }

  private learn(decision: LoggedDecision, shown: readonly LoggedSlot[]): void {
    const { state, discovery } = this.pipeline;
    const { context } = decision;
    this.time = decision.at ?? this.time + 1;
    const at = this.time;
    const people = { user: decision.user, session: decision.session };
    const subject = subjectOf(people, this.options.pseudonym);
    const items = shown.map(({ itemIndex }) => ({ id: itemName(decision, itemIndex) }));
    shown.forEach(({ itemIndex }, i) => {
      const { id, features } = decision.items[itemIndex];
      if (features === undefined) return;
      if (id === undefined) state.catalogue.passing(items[i].id, features);
      else state.catalogue.apply({ kind: RecordKind.item, id, item: items[i].id, features, at });
    });
    const leaves = leavesOf(state.catalogue, { subject, context });
    const found = discovery.observe(state, { subject, context, leaves });
    const columns = found.length === 0 ? found : found.filter((name) => !LATER.test(name));
    if (columns.length > 0) this.emit({ kind: OperationKind.schema, columns });
    const plan = state.schema.plan(state.catalogue);
    state.features.pairFields = pairFieldsOf(plan);
    const inputPosition = shown.map(({ itemIndex }) => itemIndex);
    const into = { dense: float32s(items.length * plan.columns), counts: float32s(items.length) };
    const encoded = encode(state, { subject, context, leaves, items, inputPosition, at }, into);
    this.rewarded({ encoded, id: decision.id ?? String(this.place), at, subject, shown, items });
  }

  /** One decision's rows and rewards as the join would have told them. */
  private rewarded(told: Rows): void {
    const { id: decision, at, subject, shown, items } = told;
    const { segments, columns, dense } = told.encoded;
    const base = this.options.settings.defaultReward;
    const rewards = shown.map(({ reward = base }) => reward);
    const known = shown.flatMap(({ propensity }) => (propensity === undefined ? [] : [propensity]));
    const learn: LearnOperation = {
      kind: OperationKind.learn,
      decision,
      subject,
      served: "logged",
      variant: "logged",
      modelVersion: 0,
      at,
      settledAt: at,
      segments,
      items: items.map(({ id }) => id),
      positions: shown.map(({ position }, l) => position ?? l + 1),
      propensities: known.length === shown.length ? known : undefined,
      rewards,
      base,
      columns,
      dense,
    };
    const learnedAt = this.emit(learn);
    rewards.forEach((reward, row) => {
      if (reward === base) return;
      const { id: item } = items[row];
      applyOperation(this.pipeline.state, {
        kind: OperationKind.positive,
        decision,
        subject,
        item,
        reward,
        delta: reward - base,
        settled: true,
        segments,
        at,
      });
    });
    this.fold({ kind: OperationKind.close, decision, learnedAt, rewards, at });
  }

  /** As the pipeline: an operation acts on the state in the moment it is written. */
  private emit(operation: Operation): Position {
    applyOperation(this.pipeline.state, operation);
    return this.fold(operation);
  }

  private fold(operation: Operation): Position {
    const place = this.place++;
    if (operation.kind === OperationKind.learn) this.learned.set(place, operation);
    const judged = operation.kind === OperationKind.close ? operation.learnedAt : undefined;
    if (judged !== undefined && operation.kind === OperationKind.close) this.judge(judged, operation.rewards);
    if (operation.kind !== OperationKind.positive) this.learner.add(operation, place);
    return place;
  }

  /** Predictions that the learner made of these rows before it learned them. */
  private judge(learnedAt: Position, rewards: readonly number[]): void {
    const { choice } = this.learner;
    const rows = this.learned.get(learnedAt)?.items.length ?? 0;
    this.last = this.learned.get(learnedAt);
    this.learned.delete(learnedAt);
    for (let row = 0; row < rows; row++) {
      this.loss.add(rewards[row], choice.predictionOf(learnedAt, row));
    }
  }

  private recall(position: Position): LearnOperation {
    const operation = this.learned.get(position);
    if (operation === undefined) throw new Error(`no rows stand at ${position}`);
    return operation;
  }
}

interface Rows {
  readonly encoded: Pick<ReturnType<typeof encode>, "columns" | "dense" | "segments">;
  readonly id: string;
  readonly at: TimeMs;
  readonly subject: Subject | undefined;
  readonly shown: readonly LoggedSlot[];
  readonly items: readonly { readonly id: string }[];
}

/** Columns that are left to the server's own log. */
const LATER = /\|[zmq]$/;

const fieldsOf = new WeakMap<Plan, ReadonlySet<number>>();

/** Fields whose tokens some column counts by segment; of others no pairs are kept. */
function pairFieldsOf(plan: Plan): ReadonlySet<number> {
  const known = fieldsOf.get(plan);
  if (known !== undefined) return known;
  const fields = new Set(plan.segments.flatMap(({ fields }) => fields.map(({ field }) => field)));
  fieldsOf.set(plan, fields);
  return fields;
}

function subjectOf(
  { user, session }: { readonly user?: string; readonly session?: string },
  pseudonym: FileLearningOptions["pseudonym"],
): Subject | undefined {
  if (user !== undefined) return pseudonym("user", user);
  return session === undefined ? undefined : pseudonym("session", session);
}
