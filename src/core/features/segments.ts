/** Rates of items and tokens among requests that share a string with this one ("context.device=phone"). */
import type { Candidate } from "./candidate.ts";
import { mapRate } from "./encode.ts";
import { Asked, itemKey, type PairTable, tokenKey } from "./pairTable.ts";
import type { Plan, SegmentField, SegmentPlan } from "./plan.ts";
import type { FeatureState } from "./state.ts";
import { RATE_PRIOR, TOKEN_RATE_PRIOR } from "./state.ts";

interface Target {
  readonly plan: Plan;
  readonly candidates: readonly Candidate[];
  readonly dense: Float32Array;
  readonly segments: readonly { readonly name: string; readonly key: string }[];
}

/** One request after the other: all pairs that its columns are made of. */
const asked = new Asked();

/** Each column is the segment's mapped rate less the overall one; several values of one name add up. */
export function segmentColumns(features: FeatureState, target: Target): void {
  const { segments, plan, candidates } = target;
  const known: SegmentPlan[] = [];
  asked.n = 0;
  for (let s = 0; s < segments.length; s++) {
    const number = features.segments.get(segments[s].key);
    const segment = plan.segmentsByName.get(segments[s].name);
    if (number === undefined || segment === undefined) continue;
    known.push(segment);
    ask(number, segment, candidates);
  }
  features.pairTable.findAll(asked);
  let place = 0;
  for (let s = 0; s < known.length; s++) {
    const { item, fields } = known[s];
    if (item >= 0) place = itemColumn(features, { column: item, place }, target);
    for (let f = 0; f < fields.length; f++) place = tokenColumns(features, { field: fields[f], place }, target);
  }
}

/** In the order in which the columns read. */
function ask(segment: number, { item, fields }: SegmentPlan, candidates: readonly Candidate[]): void {
  for (let i = 0; i < candidates.length && item >= 0; i++) {
    const { stats } = candidates[i];
    if (stats !== undefined) asked.add(segment, itemKey(stats.index));
  }
  for (let f = 0; f < fields.length; f++) {
    for (let i = 0; i < candidates.length; i++) {
      const tokens = candidates[i].tokens.get(fields[f].field);
      if (tokens !== undefined) for (let k = 0; k < tokens.length; k++) asked.add(segment, tokenKey(tokens[k]));
    }
  }
}

/** @param from place of the first pair among those asked. @returns that of the next column's first. */
function itemColumn(features: FeatureState, from: { column: number; place: number }, target: Target): number {
  const { candidates, dense, plan } = target;
  let { place } = from;
  for (let i = 0; i < candidates.length; i++) {
    const { stats, history } = candidates[i];
    if (stats === undefined) continue;
    const pair = asked.pairs[place++];
    if (pair < 0) continue;
    const rate = shrunk(features.pairTable, pair, { towards: features.rate(stats), prior: RATE_PRIOR });
    dense[i * plan.columns + from.column] += mapRate(rate) - history.rate;
  }
  return place;
}

/** As `itemColumn`. */
function tokenColumns(features: FeatureState, from: { field: SegmentField; place: number }, target: Target): number {
  const { candidates, dense, plan } = target;
  const { field, column, recent } = from.field;
  const { pairTable } = features;
  let { place } = from;
  for (let i = 0; i < candidates.length; i++) {
    const tokens = candidates[i].tokens.get(field);
    if (tokens === undefined || tokens.length === 0) continue;
    let ever = 0;
    let lately = 0;
    for (let k = 0; k < tokens.length; k++) {
      const pair = asked.pairs[place++];
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
  return place;
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
