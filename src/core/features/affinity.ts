/** What the user's own history says about each candidate: same-item memory and likeness by tokens. */
import type { Subject } from "../domain.ts";
import type { Candidate, Vector } from "./candidate.ts";
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
const HALVED = Float64Array.from({ length: MEMORY_ROWS }, (_, age) => 0.5 ** (age / RESIDUAL_HALF_LIFE));
const EQUAL = new Float64Array(MEMORY_ROWS).fill(1);
/** Weights by age of the call that runs. */
let weightByAge = HALVED;

/**
 * Three sums by token, side by side in one array: unit vectors of answered items; over all items, weighted by age,
 * unit vectors times reward − expected, and squares of the unit vectors, which is how much was seen of the token.
 * A fourth place marks tokens that `gather` has met. All zero between calls; grown with the vocabulary.
 */
let profile = new Float64Array(0);
const SUMS = 4;
/** The tokens met, in the order of meeting, with the plan's field of each; as long as the vocabulary. */
let met = new Int32Array(0);
let fieldOfMet = new Int32Array(0);

/** Cost: linear in the user's memory (≤ 96 rows) plus the candidates, times tokens an item. */
export function affinities(state: PolicyState, target: Target & { subject: Subject }): void {
  const memory = state.features.users.get(target.subject);
  if (memory === undefined) return;
  seenBefore(memory, target);
  const { plan, candidates } = target;
  if (plan.tokenFields.length === 0) return;
  const room = SUMS * state.catalogue.vocabulary.tokenNames.length;
  if (profile.length < room) {
    profile = new Float64Array(room * 2);
    met = new Int32Array(profile.length / SUMS);
    fieldOfMet = new Int32Array(met.length);
  }
  weightByAge = state.features.forgets ? HALVED : EQUAL;
  let n = 0;
  for (let h = 0; h < memory.n; h++) n = gather(plan.views.storedAt(state, plan, memory.item[h]).vector, memory, h, n);
  const norms = normsOf(n, plan);
  for (let i = 0; i < candidates.length; i++) likeness(candidates[i], i, { target, norms });
  for (let t = 0; t < n; t++) {
    const at = SUMS * met[t];
    profile[at] = profile[at + 1] = profile[at + 2] = profile[at + 3] = 0;
  }
}

/** Adds one row of the memory to the profile. @returns how many tokens were met by now, `n` before it. */
function gather(vector: Vector, memory: UserMemory, h: number, n: number): number {
  const { tokens, weights, ends } = vector;
  const age = weightByAge[memory.n - 1 - h];
  const surprise = memory.reward[h] - memory.expected[h];
  const answered = surprise > 0;
  const aged = age * surprise;
  for (let f = 0, k = 0; f < ends.length; f++) {
    for (const end = ends[f]; k < end; k++) {
      const token = tokens[k];
      const at = SUMS * token;
      const weight = weights[k];
      if (profile[at + 3] === 0) {
        profile[at + 3] = 1;
        met[n] = token;
        fieldOfMet[n++] = f;
      }
      if (answered) profile[at] += weight;
      profile[at + 1] += aged * weight;
      profile[at + 2] += age * weight * weight;
    }
  }
  return n;
}

/** 1 / length of the answered profile by field, over the `n` tokens met; each counts once. */
function normsOf(n: number, plan: Plan): Float64Array {
  const norms = new Float64Array(plan.tokenFields.length);
  for (let t = 0; t < n; t++) {
    const value = profile[SUMS * met[t]];
    norms[fieldOfMet[t]] += value * value;
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
