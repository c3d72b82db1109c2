/** GET /v1/decisions/{id}: what was known, scored and drawn, with the draw repeated from the log line. */
import { replayOf } from "../core/decide/replay.ts";
import type { DecisionRecord } from "../core/log/records.ts";

/** @param names columns of the policy's schema now; the line's are the first of them. Cost: linear in the line. */
export function explained(record: DecisionRecord, names: readonly string[]) {
  const columns = Array.from({ length: record.columns }, (_, i) => names[i] ?? `column ${i}`);
  const replay = replayOf(record);
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
    candidates: record.items.map((id, itemIndex) => candidate(record, { id, itemIndex, columns })),
    slots: record.slots.map((itemIndex, slot) => ({
      position: slot + 1,
      item: record.items[itemIndex],
      propensity: record.propensity[slot],
      exact: record.noise && { weight: record.noise.weight[slot], sum: record.noise.sum[slot] },
      pmf: Array.from(replay.pmf[slot]),
    })),
    replay: { same: replay.same, items: Array.from(replay.slots, (itemIndex) => record.items[itemIndex]) },
  };
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
