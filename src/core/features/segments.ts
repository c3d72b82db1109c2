/** Rates of items and tokens among requests that share a string with this one ("context.device=phone"). */
import type { Candidate } from "./candidate.ts";
import { mapRate } from "./encode.ts";
import type { Plan, SegmentField } from "./plan.ts";
import type { FeatureState, SegmentStats, Tally } from "./state.ts";
import { RATE_PRIOR, TOKEN_RATE_PRIOR } from "./state.ts";

interface Target {
  readonly plan: Plan;
  readonly candidates: readonly Candidate[];
  readonly dense: Float32Array;
  readonly segments: readonly { readonly name: string; readonly key: string }[];
}

/** Each column is the segment's mapped rate less the overall one; several values of one name add up. */
export function segmentColumns(features: FeatureState, target: Target): void {
  for (const { name, key } of target.segments) {
    const stats = features.segments.get(key);
    const segment = target.plan.segmentsByName.get(name);
    if (stats === undefined || segment === undefined) continue;
    if (segment.item >= 0) itemColumn(features, stats, segment.item, target);
    for (const field of segment.fields) tokenColumns(features, stats, field, target);
  }
}

function itemColumn(features: FeatureState, segment: SegmentStats, column: number, target: Target): void {
  for (let i = 0; i < target.candidates.length; i++) {
    const stats = target.candidates[i].stats;
    const tally = stats === undefined ? undefined : segment.items.get(stats.index);
    if (stats === undefined || tally === undefined) continue;
    const overall = features.rate(stats);
    target.dense[i * target.plan.columns + column] += mapRate(shrunk(tally, overall, RATE_PRIOR)) - mapRate(overall);
  }
}

function tokenColumns(
  features: FeatureState,
  segment: SegmentStats,
  { field, column, recent }: SegmentField,
  { plan, candidates, dense }: Target,
): void {
  const mean = features.meanReward;
  for (let i = 0; i < candidates.length; i++) {
    const tokens = candidates[i].tokens.get(field);
    if (tokens === undefined || tokens.length === 0) continue;
    let ever = 0;
    let lately = 0;
    for (const token of tokens) {
      const tally = segment.tokens.get(token);
      if (tally === undefined) continue;
      const overall = features.tokenRate(token, mean);
      const elsewhere = mapRate(overall);
      const rate = shrunk(tally, overall, TOKEN_RATE_PRIOR);
      ever += mapRate(rate) - elsewhere;
      if (recent >= 0)
        lately += mapRate((tally.recentSum + RATE_PRIOR * rate) / (tally.recentN + RATE_PRIOR)) - elsewhere;
    }
    dense[i * plan.columns + column] += ever / tokens.length;
    if (recent >= 0) dense[i * plan.columns + recent] += lately / tokens.length;
  }
}

function shrunk(tally: Tally, towards: number, prior: number): number {
  return (tally.sum + prior * towards) / (Math.max(0, tally.n) + prior);
}
