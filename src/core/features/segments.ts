/** Rates of items and tokens among requests that share a string with this one ("context.device=phone"). */
import type { Candidate } from "./candidate.ts";
import { mapRate } from "./encode.ts";
import type { Plan } from "./plan.ts";
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
    const segment = target.plan.segments.find((candidate) => candidate.name === name);
    if (stats === undefined || segment === undefined) continue;
    if (segment.item >= 0) itemColumn(features, stats, segment.item, target);
    for (const { field, column } of segment.fields) tokenColumn(features, stats, { field, column }, target);
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

function tokenColumn(
  features: FeatureState,
  segment: SegmentStats,
  { field, column }: { field: number; column: number },
  target: Target,
): void {
  const mean = features.meanReward;
  for (let i = 0; i < target.candidates.length; i++) {
    const tokens = target.candidates[i].tokens.get(field);
    if (tokens === undefined || tokens.length === 0) continue;
    let sum = 0;
    for (const token of tokens) {
      const tally = segment.tokens.get(token);
      if (tally === undefined) continue;
      const overall = features.tokenRate(token, mean);
      sum += mapRate(shrunk(tally, overall, TOKEN_RATE_PRIOR)) - mapRate(overall);
    }
    target.dense[i * target.plan.columns + column] += sum / tokens.length;
  }
}

function shrunk(tally: Tally, towards: number, prior: number): number {
  return (tally.sum + prior * towards) / (Math.max(0, tally.n) + prior);
}
