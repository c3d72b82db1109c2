/**
 * What the page knows of a policy: a fold over its joined log, bounded whatever the log holds. Three series of
 * stretches (20 minutes by 5 s, a day by 6 min, everything), open decisions for exact corrections, the latest lists.
 */
import type { DecisionId, ItemId, TimeMs } from "../domain.ts";
import type { CorrectOperation, LearnOperation, Operation, UnlearnOperation } from "../join/operations.ts";
import { OperationKind } from "../join/operations.ts";
import { Buckets } from "./buckets.ts";
import { emptyStretch, mergeStretch, type Stretch, tallyOf } from "./stretch.ts";
import { addWeights, type ListWeights, moveWeights, type Tally } from "./tally.ts";
import { weighted, weightsOf } from "./weights.ts";

export const RANGES = ["recent", "day", "all"] as const;
export type Range = (typeof RANGES)[number];
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const STRETCHES_MAX = 240;
/** Decisions whose rewards may still change, about 400 bytes each; older ones are corrected no more. */
export const OPEN_MAX = 20_000;
const LATEST_MAX = 50;

/** One of the newest lists. */
export interface LatestList {
  readonly id: DecisionId;
  readonly at: TimeMs;
  readonly variant: string;
  readonly served: string;
  readonly modelVersion: number;
  readonly items: readonly ItemId[];
  /** Probability of the first item; absent where nobody drew. */
  readonly propensity?: number;
  reward: number;
}

interface Open {
  readonly list: LatestList;
  readonly weights: ListWeights | undefined;
  uniform: number;
  caller: number;
  first: number;
  firstPlace: number;
}

export class InsightFold {
  readonly series: { readonly [range in Range]: Buckets<Stretch> } = {
    recent: seriesOf("last", 5 * SECOND),
    day: seriesOf("last", 6 * MINUTE),
    all: seriesOf("all", 5 * SECOND),
  };
  readonly latest: LatestList[] = [];
  /** Counters of the join as of the last commit. */
  counts: Readonly<Record<string, number>> = {};
  firstAt: TimeMs | undefined;
  lastSettledAt: TimeMs | undefined;
  lastRewardAt: TimeMs | undefined;
  lastCommitAt: TimeMs | undefined;
  lastDecisionAt: TimeMs | undefined;
  /** Corrections of decisions that are not remembered any more. */
  missed = 0;
  private version = -1;
  private readonly open = new Map<DecisionId, Open>();

  /** Decision time of the oldest list whose rewards may still change. */
  get openFrom(): TimeMs | undefined {
    for (const { list } of this.open.values()) return list.at;
    return undefined;
  }

  /** An operation, in the order of the log. Cost: linear in its rows. */
  apply(operation: Operation): void {
    if (operation.kind === OperationKind.learn) this.learn(operation);
    else if (operation.kind === OperationKind.correct) this.change(operation, operation.after - operation.before);
    else if (operation.kind === OperationKind.unlearn) this.change(operation, -operation.before);
    else if (operation.kind === OperationKind.positive) this.lastRewardAt = latest(this.lastRewardAt, operation.at);
    else if (operation.kind === OperationKind.close) this.open.delete(operation.decision);
  }

  /** The end of a round: counters of the join, written at `time`. */
  commit(counts: Readonly<Record<string, number>>, time: TimeMs): void {
    const known = Object.keys(this.counts).length > 0;
    for (const [name, value] of Object.entries(counts)) {
      const grown = value - (this.counts[name] ?? 0);
      if (!known || !(grown > 0)) continue;
      this.at(time, (stretch) => {
        stretch.counts[name] = (stretch.counts[name] ?? 0) + grown;
      });
    }
    this.counts = counts;
    this.lastCommitAt = latest(this.lastCommitAt, time);
  }

  private learn(operation: LearnOperation): void {
    const { decision: id, at, variant, served, modelVersion, items, propensities, rewards } = operation;
    const reward = rewards.reduce((sum, value) => sum + value, 0);
    const list = { id, at, variant, served, modelVersion, items, propensity: propensities?.[0], reward };
    const weights = weightsOf(operation);
    const [uniform, caller] = [weights?.uniform ?? [], weights?.caller ?? []];
    const open: Open = {
      ...{ list, weights },
      uniform: weighted(uniform, rewards),
      caller: weighted(caller, rewards),
      first: weighted(caller.slice(0, 1), rewards),
      firstPlace: rewards[0] ?? 0,
    };
    const swapped = served === "model" && modelVersion !== this.version && this.version >= 0;
    if (served === "model") this.version = modelVersion;
    this.at(at, (stretch) => {
      addList(tallyOf(stretch, variant), operation, open);
      if (served !== "model") return;
      stretch.versionLeast = Math.min(stretch.versionLeast, modelVersion);
      stretch.versionMost = Math.max(stretch.versionMost, modelVersion);
      if (swapped) stretch.swaps++;
    });
    this.remember(open);
    this.firstAt = Math.min(this.firstAt ?? at, at);
    this.lastDecisionAt = latest(this.lastDecisionAt, at);
    this.lastSettledAt = latest(this.lastSettledAt, operation.settledAt);
  }

  private remember(open: Open): void {
    this.open.set(open.list.id, open);
    if (this.open.size > OPEN_MAX) for (const id of this.open.keys()) if (this.open.delete(id)) break;
    this.latest.push(open.list);
    if (this.latest.length > LATEST_MAX) this.latest.shift();
  }

  private change({ decision, row }: CorrectOperation | UnlearnOperation, delta: number): void {
    const open = this.open.get(decision);
    if (open === undefined) {
      this.missed++;
      return;
    }
    const { list, weights } = open;
    const u = (weights?.uniform[row] ?? 0) * delta;
    const c = (weights?.caller[row] ?? 0) * delta;
    const f = row === 0 ? c : 0;
    for (const range of RANGES) {
      const stretch = this.series[range].find(list.at);
      if (stretch === undefined) continue;
      const tally = tallyOf(stretch, list.variant);
      tally.rewardSquares += delta * (2 * list.reward + delta);
      tally.reward += delta;
      if (list.served === "model" && row === 0) moveWeights(tally.firstPlace, { x: open.firstPlace, m: 1 }, delta);
      if (weights === undefined) continue;
      moveWeights(tally.uniform, { x: open.uniform, m: weighted(weights.uniform) }, u);
      moveWeights(tally.caller, { x: open.caller, m: weighted(weights.caller) }, c);
      moveWeights(tally.first, { x: open.first, m: weights.caller[0] ?? 0 }, f);
    }
    list.reward += delta;
    open.uniform += u;
    open.caller += c;
    open.first += f;
    if (row === 0) open.firstPlace += delta;
  }

  private at(time: TimeMs, change: (stretch: Stretch) => void): void {
    for (const range of RANGES) {
      const stretch = this.series[range].at(time);
      if (stretch !== undefined) change(stretch);
    }
  }
}

function addList(tally: Tally, operation: LearnOperation, { list, weights, ...sums }: Open): void {
  tally.lists++;
  tally.reward += list.reward;
  tally.rewardSquares += list.reward * list.reward;
  if (operation.served !== "model") return;
  tally.drawn++;
  tally.rows += operation.items.length;
  addWeights(tally.firstPlace, sums.firstPlace, 1);
  addSlots(tally, operation);
  if (weights === undefined) return;
  addWeights(tally.uniform, sums.uniform, weighted(weights.uniform));
  addWeights(tally.caller, sums.caller, weighted(weights.caller));
  addWeights(tally.first, sums.first, weights.caller[0] ?? 0);
}

/** −ln p of a drawn item is an unbiased estimate of the entropy it was drawn with. */
function addSlots(tally: Tally, { propensities, candidates, floor = 0, positions }: LearnOperation): void {
  if (propensities === undefined || candidates === undefined) return;
  for (let row = 0; row < propensities.length; row++) {
    const left = candidates - (positions[row] - 1);
    if (left < 2) continue;
    tally.slots++;
    tally.surprise -= Math.log(propensities[row]) / Math.log(left);
    if (floor > 0 && propensities[row] <= 2 * floor) tally.floorHits++;
  }
}

function seriesOf(keep: "last" | "all", widthMs: number): Buckets<Stretch> {
  return new Buckets({ keep, widthMs, max: STRETCHES_MAX, empty: emptyStretch, merge: mergeStretch });
}

function latest(known: TimeMs | undefined, at: TimeMs): TimeMs {
  return known === undefined || at > known ? at : known;
}
