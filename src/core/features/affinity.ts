/** What the user's own history says about each candidate: same-item memory and likeness by tokens. */
import type { Subject } from "../domain.ts";
import type { Candidate } from "./candidate.ts";
import type { UserMemory } from "./memory.ts";
import type { Plan } from "./plan.ts";
import type { PolicyState } from "./policyState.ts";

interface Target {
  readonly plan: Plan;
  readonly candidates: readonly Candidate[];
  readonly dense: Float32Array;
}

/** Profiles by token: summed unit vectors of answered items, and of all items weighted by reward − expected. */
interface Profile {
  readonly positive: Float64Array;
  readonly residual: Float64Array;
  readonly touched: number[];
}

/** Cost: linear in the user's memory (≤ 96 rows) plus the candidates, times tokens an item. */
export function affinities(state: PolicyState, target: Target & { subject: Subject }): void {
  const memory = state.features.users.get(target.subject);
  if (memory === undefined) return;
  seenBefore(memory, target);
  const { plan, candidates, dense } = target;
  if (plan.tokenFields.length === 0) return;
  const history = historyOf(state, memory, plan);
  for (let f = 0; f < plan.tokenFields.length; f++) {
    const { affinity, residual } = plan.tokenFields[f];
    if (affinity < 0 && residual < 0) continue;
    const profile = profileOf(state, memory, { history, f });
    let squares = 0;
    for (const token of profile.touched) squares += profile.positive[token] ** 2;
    const norm = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let i = 0; i < candidates.length; i++) {
      const vector = candidates[i].vectors[f];
      if (vector === undefined) continue;
      let positive = 0;
      let rest = 0;
      for (let k = 0; k < vector.tokens.length; k++) {
        const token = vector.tokens[k];
        if (token >= profile.positive.length) continue;
        positive += vector.weights[k] * profile.positive[token];
        rest += vector.weights[k] * profile.residual[token];
      }
      if (affinity >= 0) dense[i * plan.columns + affinity] = positive * norm;
      if (residual >= 0) dense[i * plan.columns + residual] = rest;
    }
    for (const token of profile.touched) {
      profile.positive[token] = 0;
      profile.residual[token] = 0;
    }
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

/** Scratch, all zero between calls; grown with the vocabulary. */
const scratch = { positive: new Float64Array(0), residual: new Float64Array(0) };

function historyOf(state: PolicyState, memory: UserMemory, plan: Plan): Candidate[] {
  const history = new Array<Candidate>(memory.n);
  for (let h = 0; h < memory.n; h++) history[h] = plan.views.stored(state, plan, state.features.byIndex[memory.item[h]].id);
  return history;
}

function profileOf(
  state: PolicyState,
  memory: UserMemory,
  { history, f }: { history: readonly Candidate[]; f: number },
): Profile {
  const tokens = state.catalogue.vocabulary.tokenNames.length;
  if (scratch.positive.length < tokens) {
    scratch.positive = new Float64Array(tokens * 2);
    scratch.residual = new Float64Array(tokens * 2);
  }
  const { positive, residual } = scratch;
  const touched: number[] = [];
  for (let h = 0; h < memory.n; h++) {
    const vector = history[h].vectors[f];
    if (vector === undefined) continue;
    const surprise = memory.reward[h] - memory.expected[h];
    for (let k = 0; k < vector.tokens.length; k++) {
      const token = vector.tokens[k];
      if (positive[token] === 0 && residual[token] === 0) touched.push(token);
      if (surprise > 0) positive[token] += vector.weights[k];
      residual[token] += surprise * vector.weights[k];
    }
  }
  return { positive, residual, touched };
}
