/** What the user's own history says about each candidate: same-item memory and likeness by tokens. */
import type { Subject } from "../domain.ts";
import type { Candidate } from "./candidate.ts";
import { MEMORY_ROWS, type UserMemory } from "./memory.ts";
import type { Plan } from "./plan.ts";
import type { PolicyState } from "./policyState.ts";

interface Target {
  readonly plan: Plan;
  readonly candidates: readonly Candidate[];
  readonly dense: Float32Array;
}

/** Rows of weight that say nothing beside a token's own: its residual is the mean of a prior of so many rows at 0. */
export const RESIDUAL_PRIOR = 10;
/** A row of the memory weighs half in residuals when so many newer ones stand behind it. */
export const RESIDUAL_HALF_LIFE = 48;
const WEIGHT_BY_AGE = Float64Array.from({ length: MEMORY_ROWS }, (_, age) => 0.5 ** (age / RESIDUAL_HALF_LIFE));

/**
 * Three sums by token, side by side in one array: unit vectors of answered items; over all items, weighted by age,
 * unit vectors times reward − expected, and squares of the unit vectors, which is how much was seen of the token.
 * A fourth place marks tokens that a walk has met. All zero between calls; grown with the vocabulary.
 */
let profile = new Float64Array(0);
const SUMS = 4;

/** Cost: linear in the user's memory (≤ 96 rows) plus the candidates, times tokens an item. */
export function affinities(state: PolicyState, target: Target & { subject: Subject }): void {
  const memory = state.features.users.get(target.subject);
  if (memory === undefined) return;
  seenBefore(memory, target);
  const { plan, candidates } = target;
  if (plan.tokenFields.length === 0) return;
  const room = SUMS * state.catalogue.vocabulary.tokenNames.length;
  if (profile.length < room) profile = new Float64Array(room * 2);
  const history = new Array<Candidate>(memory.n);
  for (let h = 0; h < memory.n; h++)
    history[h] = plan.views.stored(state, plan, state.features.byIndex[memory.item[h]].id);
  gather(history, memory);
  const norms = normsOf(history, plan);
  for (let i = 0; i < candidates.length; i++) likeness(candidates[i], i, { target, norms });
  for (const { vector } of history)
    for (let k = 0; k < vector.tokens.length; k++) {
      const at = SUMS * vector.tokens[k];
      profile[at] = profile[at + 1] = profile[at + 2] = profile[at + 3] = 0;
    }
}

function gather(history: readonly Candidate[], memory: UserMemory): void {
  for (let h = 0; h < history.length; h++) {
    const { tokens, weights } = history[h].vector;
    const age = WEIGHT_BY_AGE[history.length - 1 - h];
    const surprise = memory.reward[h] - memory.expected[h];
    const answered = surprise > 0 ? 1 : 0;
    for (let k = 0; k < tokens.length; k++) {
      const at = SUMS * tokens[k];
      profile[at] += answered * weights[k];
      profile[at + 1] += age * surprise * weights[k];
      profile[at + 2] += age * weights[k] * weights[k];
    }
  }
}

/** 1 / length of the answered profile by field; each token counts once. */
function normsOf(history: readonly Candidate[], plan: Plan): Float64Array {
  const norms = new Float64Array(plan.tokenFields.length);
  for (const { vector } of history) {
    for (let f = 0, k = 0; f < norms.length; f++) {
      for (; k < vector.ends[f]; k++) {
        const at = SUMS * vector.tokens[k];
        const value = profile[at];
        if (value === 0 || profile[at + 3] === 1) continue;
        profile[at + 3] = 1;
        norms[f] += value * value;
      }
    }
  }
  for (let f = 0; f < norms.length; f++) norms[f] = norms[f] > 0 ? 1 / Math.sqrt(norms[f]) : 0;
  return norms;
}

function likeness(
  { vector }: Candidate,
  row: number,
  { target, norms }: { target: Target; norms: Float64Array },
): void {
  const { plan, dense } = target;
  const { tokens, weights, ends } = vector;
  for (let f = 0, k = 0; f < ends.length; f++) {
    let positive = 0;
    let rest = 0;
    for (; k < ends[f]; k++) {
      const at = SUMS * tokens[k];
      positive += weights[k] * profile[at];
      rest += (weights[k] * profile[at + 1]) / (profile[at + 2] + RESIDUAL_PRIOR);
    }
    const { affinity, residual } = plan.tokenFields[f];
    if (affinity >= 0) dense[row * plan.columns + affinity] = positive * norms[f];
    if (residual >= 0) dense[row * plan.columns + residual] = rest;
  }
}

function seenBefore(memory: UserMemory, target: Target): void {
  const { plan, candidates, dense } = target;
  const answered = plan.builtin["seen.positive"];
  const passed = plan.builtin["seen.passed"];
  const rows = new Map<number, number>();
  for (let i = 0; i < candidates.length; i++) {
    const stats = candidates[i].stats;
    if (stats !== undefined) rows.set(stats.index, i);
  }
  for (let h = 0; h < memory.n; h++) {
    const i = rows.get(memory.item[h]);
    if (i === undefined) continue;
    const column = memory.reward[h] > memory.expected[h] ? answered : passed;
    const k = i * plan.columns + column;
    dense[k] = Math.min(3, dense[k] + 1);
  }
}
