/** Rates of items and tokens among requests that share a string with this one ("context.device=phone"). */
import type { Candidate } from "./candidate.ts";
import { mapRate } from "./encode.ts";
import { itemKey, type PairTable, tokenKey } from "./pairTable.ts";
import type { Plan, SegmentField } from "./plan.ts";
import type { FeatureState } from "./state.ts";
import { RATE_PRIOR, TOKEN_RATE_PRIOR } from "./state.ts";

interface Target {
  readonly plan: Plan;
  readonly candidates: readonly Candidate[];
  readonly dense: Float32Array;
  readonly segments: readonly { readonly name: string; readonly key: string }[];
}

/** Each column is the segment's mapped rate less the overall one; several values of one name add up. */
export function segmentColumns(features: FeatureState, target: Target): void {
  const { segments, plan } = target;
  for (let s = 0; s < segments.length; s++) {
    const number = features.segments.get(segments[s].key);
    const segment = plan.segmentsByName.get(segments[s].name);
    if (number === undefined || segment === undefined) continue;
    if (segment.item >= 0) itemColumn(features, number, segment.item, target);
    for (const field of segment.fields) tokenColumns(features, number, field, target);
  }
}

function itemColumn(features: FeatureState, segment: number, column: number, target: Target): void {
  const { pairTable } = features;
  for (let i = 0; i < target.candidates.length; i++) {
    const { stats, history } = target.candidates[i];
    const pair = stats === undefined ? -1 : pairTable.find(segment, itemKey(stats.index));
    if (stats === undefined || pair < 0) continue;
    const rate = shrunk(pairTable, pair, { towards: features.rate(stats), prior: RATE_PRIOR });
    target.dense[i * target.plan.columns + column] += mapRate(rate) - history.rate;
  }
}

function tokenColumns(
  features: FeatureState,
  segment: number,
  { field, column, recent }: SegmentField,
  { plan, candidates, dense }: Target,
): void {
  const { pairTable } = features;
  for (let i = 0; i < candidates.length; i++) {
    const tokens = candidates[i].tokens.get(field);
    if (tokens === undefined || tokens.length === 0) continue;
    let ever = 0;
    let lately = 0;
    for (let k = 0; k < tokens.length; k++) {
      const pair = pairTable.find(segment, tokenKey(tokens[k]));
      if (pair < 0) continue;
      const { rate: overall, mapped } = overallRate(features, tokens[k]);
      const rate = shrunk(pairTable, pair, { towards: overall, prior: TOKEN_RATE_PRIOR });
      ever += mapRate(rate) - mapped;
      if (recent >= 0) {
        const late = pairTable.recentSum(pair) + RATE_PRIOR * rate;
        const recently = features.forgets ? late / (pairTable.recentN(pair) + RATE_PRIOR) : rate;
        lately += mapRate(recently) - mapped;
      }
    }
    dense[i * plan.columns + column] += ever / tokens.length;
    if (recent >= 0) dense[i * plan.columns + recent] += lately / tokens.length;
  }
}

/** A token's rate among all requests, as it is and mapped: the same in every segment until an operation comes. */
interface OverallRate {
  features: FeatureState | undefined;
  changes: number;
  token: number;
  rate: number;
  mapped: number;
}

const overall: readonly OverallRate[] = Array.from({ length: 1024 }, () => ({
  features: undefined,
  changes: 0,
  token: 0,
  rate: 0,
  mapped: 0,
}));

function overallRate(features: FeatureState, token: number): OverallRate {
  const known = overall[token % overall.length];
  if (known.token === token && known.features === features && known.changes === features.changes) return known;
  known.features = features;
  known.changes = features.changes;
  known.token = token;
  known.rate = features.tokenRate(token, features.meanReward);
  known.mapped = mapRate(known.rate);
  return known;
}

function shrunk(table: PairTable, pair: number, { towards, prior }: { towards: number; prior: number }): number {
  return (table.sum(pair) + prior * towards) / (Math.max(0, table.n(pair)) + prior);
}
