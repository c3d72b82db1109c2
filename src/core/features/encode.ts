/**
 * One request → the rows that a model reads and the log keeps. Synchronous and deterministic: the same state and
 * request give the same bits. Nothing here changes the state.
 */
import type { Features, Item, Subject, TimeMs } from "../domain.ts";
import { affinities } from "./affinity.ts";
import { type Candidate, type History, resolve } from "./candidate.ts";
import { factorColumns } from "./factor.ts";
import type { ItemNumbers } from "./itemNumbers.ts";
import type { Plan } from "./plan.ts";
import type { PolicyState } from "./policyState.ts";
import { relatives } from "./relative.ts";
import { type RequestLeaf, readRequest } from "./request.ts";
import { segmentColumns } from "./segments.ts";
import type { FeatureState, ItemStats } from "./state.ts";

export interface EncodeRequest {
  readonly subject?: Subject;
  readonly context?: Features;
  /** Declared features of the user in the request; they win over stored ones by name. */
  readonly user?: Features;
  /** What `leavesOf` made of context and user, if that is known already. */
  readonly leaves?: readonly RequestLeaf[];
  readonly items: readonly Item[];
  /** Each item's place in the caller's list, 0-based. */
  readonly inputPosition: ArrayLike<number>;
  /** By place in the caller's list. */
  readonly itemNumbers?: ItemNumbers;
  readonly at: TimeMs;
}

export interface Encoded {
  readonly n: number;
  readonly columns: number;
  /** n × columns raw values, row-major, finite. */
  readonly dense: Float32Array;
  /** Times each item was shown. */
  readonly counts: Float32Array;
  /** "name=value" of the request's strings that the schema's segments use. */
  readonly segments: readonly string[];
}

/** Rates are mapped by asinh(50 x): about logarithmic over click rates, linear near 0, any sign and size. */
export function mapRate(rate: number): number {
  return Math.asinh(50 * rate);
}

/**
 * Cost: about 10 µs for 100 stored candidates of 64 numbers and a new user; grows with the user's memory (≤ 96 rows).
 * @param into memory for the result, every value of which is written: n × the schema's columns, and n.
 */
export function encode(state: PolicyState, request: EncodeRequest, into?: Pick<Encoded, "dense" | "counts">): Encoded {
  const plan = state.schema.plan(state.catalogue);
  const n = request.items.length;
  const { dense, counts } = into ?? { dense: new Float32Array(n * plan.columns), counts: new Float32Array(n) };
  plan.views.refresh(state);
  const candidates = blockOf(state, plan, { request, dense, counts });
  const read = readRequest(state.catalogue, plan, request);
  recencies(plan, { candidates, dense, at: request.at });
  factorColumns(state, { plan, candidates, ids: request.items, dense, subject: request.subject });
  if (request.subject !== undefined) affinities(state, { plan, candidates, dense, subject: request.subject });
  segmentColumns(state.features, { plan, candidates, dense, segments: read.segments });
  for (const cross of plan.crosses) {
    const value = read.numbers.get(cross.number);
    if (value === undefined) continue;
    for (let i = 0; i < n; i++)
      dense[i * plan.columns + cross.column] = value * (candidates[i].numbers.get(cross.field) ?? 0);
  }
  for (const { column, value } of read.own) for (let i = 0; i < n; i++) dense[i * plan.columns + column] = value;
  relatives(plan, n, dense);
  return { n, columns: plan.columns, dense, counts, segments: read.segments.map(({ key }) => key) };
}

/** Fills in all that does not depend on who asks and when. */
function blockOf(state: PolicyState, plan: Plan, rows: Rows): readonly Candidate[] {
  const { items, inputPosition, itemNumbers } = rows.request;
  const { features } = state;
  const basis = { inputPosition, features, changes: features.changes, age: plan.views.age };
  const known = itemNumbers === undefined ? plan.blocks.find(items, basis) : undefined;
  if (known !== undefined) {
    rows.dense.set(known.dense);
    rows.counts.set(known.counts);
    return known.candidates;
  }
  const bases = items.map((item) => resolve(state, plan, item));
  const candidates =
    itemNumbers === undefined
      ? bases
      : plan.rows.over({ state, plan }, itemNumbers, { items, bases, place: inputPosition });
  for (let i = 0; i < candidates.length; i++) {
    rows.dense.set(candidates[i].template, i * plan.columns);
    rows.counts[i] = candidates[i].stats?.n ?? 0;
  }
  itemColumns(features, { plan, candidates, rows });
  tokenRates(features, plan, candidates, rows.dense);
  const { dense, counts } = rows;
  if (itemNumbers === undefined) plan.blocks.keep(items, basis, { candidates, dense, counts });
  return candidates;
}

interface Rows {
  readonly request: EncodeRequest;
  readonly dense: Float32Array;
  readonly counts: Float32Array;
}

function itemColumns(
  features: FeatureState,
  { plan, candidates, rows }: { plan: Plan; candidates: readonly Candidate[]; rows: Rows },
): void {
  const { columns, builtin } = plan;
  const { dense, request } = rows;
  const [position, count, rate, recent] = ITEM_COLUMNS.map((name) => builtin[name]);
  const { changes } = features;
  for (let i = 0, row = 0; i < candidates.length; i++, row += columns) {
    const { stats, history } = candidates[i];
    if (history.changes !== changes) recall(history, features, stats);
    dense[row + position] = Math.log2(2 + request.inputPosition[i]);
    dense[row + count] = history.count;
    dense[row + rate] = history.rate;
    dense[row + recent] = history.recent;
  }
}

const ITEM_COLUMNS = ["position", "item.count", "item.rate", "item.recent"];

/** The columns that stand still until an operation comes. */
function recall(history: History, features: FeatureState, stats: ItemStats | undefined): void {
  history.changes = features.changes;
  if (stats === undefined) {
    history.count = 0;
    history.rate = mapRate(features.meanReward);
    history.recent = history.rate;
    return;
  }
  const rate = features.rate(stats);
  history.count = Math.log1p(Math.max(0, stats.n));
  history.rate = mapRate(rate);
  history.recent = features.forgets ? mapRate((stats.recentSum + 10 * rate) / (stats.recentN + 10)) : history.rate;
}

function recencies(
  { columns, builtin }: Plan,
  { candidates, dense, at }: { candidates: readonly Candidate[]; dense: Float32Array; at: TimeMs },
): void {
  for (let i = 0, k = builtin["item.recency"]; i < candidates.length; i++, k += columns) {
    const { stats } = candidates[i];
    dense[k] = stats === undefined ? NEVER : recency(at, stats.lastPositiveAt);
  }
}

const NEVER = Math.log1p(24 * 365);

/** log(1 + hours since the item's last positive), at most a year. */
function recency(at: TimeMs, lastPositiveAt: TimeMs): number {
  if (lastPositiveAt === 0) return NEVER;
  return Math.min(NEVER, Math.log1p(Math.max(0, at - lastPositiveAt) / 3_600_000));
}

function tokenRates(features: FeatureState, plan: Plan, candidates: readonly Candidate[], dense: Float32Array): void {
  const mean = features.meanReward;
  const { tokenFields, columns } = plan;
  for (let i = 0, row = 0; i < candidates.length; i++, row += columns) {
    const { tokens, ends } = candidates[i].vector;
    for (let f = 0, k = 0; f < ends.length; f++) {
      const from = k;
      let sum = 0;
      for (; k < ends[f]; k++) sum += features.tokenRate(tokens[k], mean);
      const { rate } = tokenFields[f];
      if (rate >= 0) dense[row + rate] = mapRate(k === from ? mean : sum / (k - from));
    }
  }
}
