/** What the user's own history says about each candidate: same-item memory and likeness by tokens. */
import type { Subject } from "../domain.ts";
import type { Candidate } from "./candidate.ts";
import { MEMORY_ROWS, type UserMemory } from "./memory.ts";
import type { Plan } from "./plan.ts";
import type { PolicyState } from "./policyState.ts";
import type { VectorTable } from "./vectorTable.ts";
import type { Vocabulary } from "./vocabulary.ts";

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
const SUMS = 4;
const FIRST_SLOTS = 1024;

/**
 * Sums of the call that runs, four by slot: unit vectors of answered items; over all items, weighted by age, unit
 * vectors times reward − expected, and squares of the unit vectors, which is how much was seen of the token; and what
 * is left to do for the length of the answered profile. A token has a slot where a candidate or an answered item has
 * it; what rows say of other tokens goes to slot 0, which nobody reads. So a call works in little memory, however many
 * tokens there are. All zero between calls; grown as needed.
 */
let sums = new Float64Array(SUMS * FIRST_SLOTS);
/** The token of each slot, and slots in the order in which rows met their tokens, of answered items alone. */
let tokenOfSlot = new Int32Array(FIRST_SLOTS);
let met = new Int32Array(FIRST_SLOTS);
/** By token, as long as the vocabulary; 0 for none. */
let slotOf = new Int32Array(0);
/** By index of the item, of the call that runs: the candidate's row plus 1; 0 for none. */
let rowOf = new Int32Array(0);

/** Cost: linear in the user's memory (≤ 96 rows) plus the candidates, times tokens an item. */
export function affinities(state: PolicyState, target: Target & { subject: Subject }): void {
  const memory = state.features.users.get(target.subject);
  if (memory === undefined) return;
  seenBefore(memory, target, state.features.byIndex.length);
  const { plan, candidates } = target;
  if (plan.tokenFields.length === 0) return;
  const { vocabulary } = state.catalogue;
  if (slotOf.length < vocabulary.tokenNames.length) slotOf = new Int32Array(2 * vocabulary.tokenNames.length);
  const table = plan.views.gathered(state, plan, memory);
  let n = 0;
  for (let i = 0; i < candidates.length; i++) n = claim(candidates[i].vector.tokens, n);
  n = answers(memory, table, n);
  const norms = normsOf(gather(memory, table, state.features.forgets ? HALVED : EQUAL), plan, vocabulary);
  for (let i = 0; i < candidates.length; i++) likeness(candidates[i], i, { target, norms });
  sums.fill(0, 0, SUMS * (n + 1));
  for (let slot = 1; slot <= n; slot++) slotOf[tokenOfSlot[slot]] = 0;
}

/** Gives a slot to those of the tokens that have none. @returns how many there are, `n` before it. */
function claim(tokens: Int32Array, n: number): number {
  for (let k = 0; k < tokens.length; k++) if (slotOf[tokens[k]] === 0) n = claimOne(tokens[k], n);
  return n;
}

function claimOne(token: number, n: number): number {
  const slot = n + 1;
  if (slot === tokenOfSlot.length) widen();
  slotOf[token] = slot;
  tokenOfSlot[slot] = token;
  return slot;
}

function widen(): void {
  const before = { sums, tokenOfSlot };
  const slots = 2 * tokenOfSlot.length;
  sums = new Float64Array(SUMS * slots);
  sums.set(before.sums);
  tokenOfSlot = new Int32Array(slots);
  tokenOfSlot.set(before.tokenOfSlot);
  met = new Int32Array(slots);
}

/** Adds the answered rows to the profile of answered items. @returns how many slots there are, `n` before it. */
function answers(memory: UserMemory, { tokens, weights, places }: VectorTable, n: number): number {
  for (let h = 0; h < memory.n; h++) {
    if (!(memory.reward[h] - memory.expected[h] > 0)) continue;
    const end = places[2 * memory.item[h] + 1];
    for (let k = places[2 * memory.item[h]]; k < end; k++) {
      if (slotOf[tokens[k]] === 0) n = claimOne(tokens[k], n);
      const at = SUMS * slotOf[tokens[k]];
      sums[at] += weights[k];
      sums[at + 3] = 1;
    }
  }
  return n;
}

/** Adds all rows to the other sums. @returns how many tokens of answered items there are; `met` has their order. */
function gather(memory: UserMemory, { tokens, weights, places }: VectorTable, weightByAge: Float64Array): number {
  const { n: rows, item, reward, expected } = memory;
  let n = 0;
  for (let h = 0; h < rows; h++) {
    const age = weightByAge[rows - 1 - h];
    const aged = age * (reward[h] - expected[h]);
    const end = places[2 * item[h] + 1];
    for (let k = places[2 * item[h]]; k < end; k++) {
      const slot = slotOf[tokens[k]];
      const at = SUMS * slot;
      const weight = weights[k];
      if (sums[at + 3] === 1) {
        sums[at + 3] = 2;
        met[n++] = slot;
      }
      sums[at + 1] += aged * weight;
      sums[at + 2] += age * weight * weight;
    }
  }
  return n;
}

/** 1 / length of the answered profile by field, over its `n` tokens in the order of meeting; each counts once. */
function normsOf(n: number, { tokenFields, placeOfField: placeOf }: Plan, { tokenFieldOf }: Vocabulary): Float64Array {
  const norms = new Float64Array(tokenFields.length);
  for (let t = 0; t < n; t++) {
    const value = sums[SUMS * met[t]];
    norms[placeOf[tokenFieldOf[tokenOfSlot[met[t]]]]] += value * value;
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
      const at = SUMS * slotOf[tokens[k]];
      positive += weights[k] * sums[at];
      rest += (weights[k] * sums[at + 1]) / (sums[at + 2] + RESIDUAL_PRIOR);
    }
    const { affinity, residual } = plan.tokenFields[f];
    if (affinity >= 0) dense[row * plan.columns + affinity] = positive * norms[f];
    if (residual >= 0) dense[row * plan.columns + residual] = rest;
  }
}

/** @param items of the policy's table. */
function seenBefore(memory: UserMemory, target: Target, items: number): void {
  const { plan, candidates, dense } = target;
  const answered = plan.builtin["seen.positive"];
  const passed = plan.builtin["seen.passed"];
  if (rowOf.length < items) rowOf = new Int32Array(2 * items);
  for (let i = 0; i < candidates.length; i++) {
    const stats = candidates[i].stats;
    if (stats !== undefined) rowOf[stats.index] = i + 1;
  }
  for (let h = 0; h < memory.n; h++) {
    const row = rowOf[memory.item[h]];
    if (row === 0) continue;
    const column = memory.reward[h] > memory.expected[h] ? answered : passed;
    const k = (row - 1) * plan.columns + column;
    dense[k] = Math.min(3, dense[k] + 1);
  }
  for (let i = 0; i < candidates.length; i++) {
    const stats = candidates[i].stats;
    if (stats !== undefined) rowOf[stats.index] = 0;
  }
}
