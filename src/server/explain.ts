/** GET /v1/decisions/{id}: what was known, scored, drawn and rewarded, with the draw repeated from the log line. */
import { drawsOf } from "../core/decide/drawsOf.ts";
import { replayOf } from "../core/decide/replay.ts";
import type { DecisionRecord, ShadowRecord } from "../core/log/records.ts";
import { jointPropensity, type RewardsFound } from "../core/logs/entry.ts";
import { exploredOf } from "../core/logs/explored.ts";

export interface ExplainParts {
  /** Columns of the policy's schema now; the line's are the first of them. */
  readonly names: readonly string[];
  readonly rewards: RewardsFound;
}

/** Cost: linear in the line and its pmfs. */
export function explained(record: DecisionRecord, { names, rewards }: ExplainParts) {
  const columns = Array.from({ length: record.columns }, (_, i) => names[i] ?? `column ${i}`);
  const replay = replayOf(record);
  const draws = drawsOf(record, replay.pmf);
  const explored = exploredOf(record);
  const { final, received, complete, shadows } = rewards;
  const { id: decisionId, policy, variant, modelVersion, at, served, reason = null, deferred, unit } = record;
  const {
    subject,
    session,
    consent,
    context,
    user,
    explorer,
    parameters,
    floor,
    nonce,
    seed,
    passProbability,
    full,
    noise,
  } = record;
  return {
    ...{ decisionId, policy, variant, modelVersion, at, served, reason, deferred },
    ...{
      unit,
      subject,
      session,
      consent,
      context,
      user,
      explorer,
      parameters,
      floor,
      nonce,
      seed,
      passProbability,
      full,
      noise,
    },
    columns,
    joint: jointPropensity(record.propensity),
    explored: explored?.list,
    candidates: record.items.map((id, itemIndex) => candidate(record, { id, itemIndex, columns })),
    slots: record.slots.map((itemIndex, slot) => ({
      position: slot + 1,
      item: record.items[itemIndex],
      propensity: record.propensity[slot],
      exact: record.noise && { weight: record.noise.weight[slot], sum: record.noise.sum[slot] },
      pmf: Array.from(replay.pmf[slot]),
      draw: draws[slot],
      explored: explored?.slots[slot],
      reward: final.bySlot?.[slot],
    })),
    shadows: shadows?.map((shadow) => shadowTold(shadow, record.items)),
    rewards: { state: final.state, closedAt: final.closedAt, received, complete },
    replay: { same: replay.same, items: Array.from(replay.slots, (itemIndex) => record.items[itemIndex]) },
  };
}

/** In the order of the candidates; `first` is the item that it scores highest. */
function shadowTold({ version, at, score, uncertainty }: ShadowRecord, items: readonly string[]) {
  const first = items[score.reduce((best, value, i) => (value > score[best] ? i : best), 0)];
  return { version, at, first, score: [...score], uncertainty: [...uncertainty] };
}

function candidate(record: DecisionRecord, given: { id: string; itemIndex: number; columns: readonly string[] }) {
  const { id, itemIndex, columns } = given;
  const slot = record.slots.indexOf(itemIndex);
  const scored = record.columns > 0;
  return {
    id,
    inputPosition: record.inputPosition?.[itemIndex] ?? itemIndex,
    score: scored ? record.score[itemIndex] : undefined,
    publicScore: record.publicScore?.[itemIndex],
    uncertainty: scored ? record.uncertainty[itemIndex] : undefined,
    position: slot < 0 ? undefined : slot + 1,
    features: featuresOf(record, { slot, itemIndex, columns }),
  };
}

/** Columns by name as the model read them: of shown rows, and of all rows in a full line. */
function featuresOf(record: DecisionRecord, at: { slot: number; itemIndex: number; columns: readonly string[] }) {
  const rows = at.slot >= 0 ? record.shown : record.candidates;
  const row = at.slot >= 0 ? at.slot : at.itemIndex;
  if (rows === undefined || rows.length === 0) return undefined;
  return Object.fromEntries(at.columns.map((name, column) => [name, rows[row * record.columns + column]]));
}
