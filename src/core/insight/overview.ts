/** The numbers of a policy as the page and `GET /v1/overview` tell them: one plain object from the fold. */
import type { TimeMs } from "../domain.ts";
import type { Bucket } from "./buckets.ts";
import type { InsightFold, LatestList, Range } from "./fold.ts";
import { callerFirstRate, callerRate, entropyOf, floorShareOf, type Rate, servedRate, uniformRate } from "./rates.ts";
import { emptyStretch, mergeStretch, type Stretch, totalOf } from "./stretch.ts";
import type { Tally } from "./tally.ts";

/** Points of a chart. */
const POINTS_MAX = 48;
/** What "now" means for health. */
export const NOW_MS = 5 * 60_000;

export interface VariantNumbers {
  readonly name: string;
  readonly lists: number;
  readonly served: Rate;
  readonly entropy?: number;
  readonly floorShare?: number;
}

export interface Point {
  readonly from: TimeMs;
  readonly to: TimeMs;
  readonly lists: number;
  readonly served: Rate;
  readonly uniform: Rate;
  readonly variants: readonly VariantNumbers[];
  readonly entropy?: number;
  readonly floorShare?: number;
  readonly effectiveShare?: number;
  readonly swaps: number;
  readonly version?: number;
}

/** Of the last five minutes of the policy's log. */
export interface Health {
  readonly from: TimeMs;
  readonly lists: number;
  readonly drawn: number;
  readonly entropy?: number;
  readonly floorShare?: number;
  readonly effective?: number;
  readonly effectiveShare?: number;
  readonly rewards: number;
  /** Share of the rewards that found their shown item in time. */
  readonly joinRate?: number;
  readonly served: Rate;
  readonly uniform: Rate;
}

export interface Overview {
  readonly policy: string;
  readonly range: Range;
  /** Decision times that the numbers cover; absent while nothing has settled. */
  readonly from?: TimeMs;
  readonly to?: TimeMs;
  /** Rewards of lists since then may still come. */
  readonly openFrom?: TimeMs;
  /** Whether older parts of the log were left out. */
  readonly partial: boolean;
  /** Whether the log is read to its end. */
  readonly current: boolean;
  readonly served: Rate;
  readonly uniform: Rate;
  readonly caller: Rate;
  readonly callerFirst: Rate;
  readonly firstPlace: Rate;
  readonly variants: readonly VariantNumbers[];
  readonly points: readonly Point[];
  readonly now: Health;
  readonly last: {
    readonly settledAt?: TimeMs;
    readonly rewardAt?: TimeMs;
    readonly commitAt?: TimeMs;
    readonly decisionAt?: TimeMs;
  };
  readonly counts: Readonly<Record<string, number>>;
  /** Newest last. */
  readonly latest: readonly LatestList[];
}

/** Cost: a few hundred small sums. */
export function overviewOf(
  fold: InsightFold,
  asked: { readonly policy: string; readonly range: Range; readonly partial: boolean; readonly current: boolean },
): Overview {
  const buckets = fold.series[asked.range];
  const list = buckets.list();
  const whole = merged(list);
  const total = totalOf(whole);
  return {
    ...asked,
    from: list[0]?.from,
    to: fold.lastDecisionAt,
    openFrom: fold.openFrom,
    served: servedRate(total),
    uniform: uniformRate(talliesOf(whole)),
    caller: callerRate(talliesOf(whole)),
    callerFirst: callerFirstRate(talliesOf(whole)),
    firstPlace: firstPlaceRate(total),
    variants: variantsOf(whole),
    points: pointsOf(list, buckets.widthMs),
    now: healthOf(fold),
    last: {
      settledAt: fold.lastSettledAt,
      rewardAt: fold.lastRewardAt,
      commitAt: fold.lastCommitAt,
      decisionAt: fold.lastDecisionAt,
    },
    counts: fold.counts,
    latest: fold.latest,
  };
}

function pointsOf(list: readonly Bucket<Stretch>[], widthMs: number): Point[] {
  if (list.length === 0) return [];
  const first = list[0].from / widthMs;
  const span = list[list.length - 1].from / widthMs - first + 1;
  const factor = Math.ceil(span / POINTS_MAX);
  const groups = new Map<number, Bucket<Stretch>[]>();
  for (const bucket of list) {
    const group = Math.floor(bucket.from / widthMs / factor);
    groups.set(group, [...(groups.get(group) ?? []), bucket]);
  }
  return [...groups].map(([group, members]) =>
    pointOf(members, { from: group * factor * widthMs, ms: factor * widthMs }),
  );
}

function pointOf(members: readonly Bucket<Stretch>[], { from, ms }: { from: TimeMs; ms: number }): Point {
  const stretch = merged(members);
  const total = totalOf(stretch);
  const uniform = uniformRate(talliesOf(stretch));
  return {
    ...{ from, to: from + ms, lists: total.lists },
    ...{ served: servedRate(total), uniform, variants: variantsOf(stretch) },
    ...{ entropy: entropyOf(total), floorShare: floorShareOf(total), effectiveShare: effectiveShareOf(uniform) },
    swaps: stretch.swaps,
    version: stretch.versionMost >= 0 ? stretch.versionMost : undefined,
  };
}

function healthOf(fold: InsightFold): Health {
  const newest = Math.max(fold.lastCommitAt ?? 0, fold.lastDecisionAt ?? 0);
  const from = newest - NOW_MS;
  const stretch = merged(fold.series.recent.list().filter((bucket) => bucket.from >= from));
  const total = totalOf(stretch);
  const { rewards = 0, danglingRewards = 0, lateRewards = 0, notShownRewards = 0 } = stretch.counts;
  const lost = danglingRewards + lateRewards + notShownRewards;
  const uniform = uniformRate(talliesOf(stretch));
  return {
    ...{ from, lists: total.lists, drawn: total.drawn },
    ...{ entropy: entropyOf(total), floorShare: floorShareOf(total), effectiveShare: effectiveShareOf(uniform) },
    effective: uniform.effective,
    rewards,
    joinRate: rewards > 0 ? Math.max(0, 1 - lost / rewards) : undefined,
    served: servedRate(total),
    uniform,
  };
}

function talliesOf({ variants }: Stretch): Tally[] {
  return [...variants.values()];
}

/** Effective decisions as a share of those that have weights. */
function effectiveShareOf({ n, effective }: Rate): number | undefined {
  return n === 0 || effective === undefined ? undefined : effective / n;
}

function variantsOf({ variants }: Stretch): VariantNumbers[] {
  return [...variants]
    .map(([name, tally]) => ({
      ...{ name, lists: tally.lists, served: servedRate(tally) },
      ...{ entropy: entropyOf(tally), floorShare: floorShareOf(tally) },
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What drawn lists earned at position 1: every weight is 1. */
function firstPlaceRate(total: Tally): Rate {
  const { n: lists, x: reward, xx: rewardSquares } = total.firstPlace;
  return servedRate({ ...total, lists, reward, rewardSquares });
}

function merged(list: readonly Bucket<Stretch>[]): Stretch {
  const whole = emptyStretch();
  for (const { value } of list) mergeStretch(whole, value);
  return whole;
}
