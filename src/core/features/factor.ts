/**
 * Columns of the learned item vectors: what the item's term b says, what the user's posterior adds to it (z·v), both
 * as one probable answer, and how unsure z·v is. They are in units of a logit, not coordinates, so columns of rows
 * logged under different vectors mean the same.
 */
import type { Subject } from "../domain.ts";
import { emptyEvidence, type Gaussian, posteriorOf, standardNormal, varianceAlong } from "../embed/posterior.ts";
import type { Vectors } from "../embed/vectors.ts";
import type { Candidate } from "./candidate.ts";
import { MEMORY_ROWS, type UserMemory } from "./memory.ts";
import type { Plan } from "./plan.ts";
import type { PolicyState } from "./policyState.ts";

/**
 * Appended to the schema with a policy's vectors, where it lacks them. The means take up how readily the user answers
 * at all, which tells lists apart and no candidates, so that the others' weights are those of comparisons within a list.
 * The square lets what stands out count for more than its distance: rewards are no straight line in a logit.
 */
export const FACTOR_COLUMNS: readonly string[] = [
  "factor.score",
  "factor.score|z",
  "factor.item",
  "factor.item|z",
  "factor.personal",
  "factor.personal|z",
  "factor.spread",
  "factor.spread|z",
  "factor.score|m",
  "factor.item|m",
  "factor.personal|m",
  "factor.spread|m",
  "factor.score|q",
];

interface Target {
  readonly plan: Plan;
  readonly candidates: readonly Candidate[];
  readonly ids: readonly { readonly id: string }[];
  readonly dense: Float32Array;
  readonly subject?: Subject;
}

/** Posteriors kept of the users seen last; about 5 KB each. */
const USERS_KEPT = 4_096;

/** Cost: 100 µs for a user whose history changed, else 10 µs; and d² / 2 multiplications a candidate. */
export function factorColumns(state: PolicyState, target: Target): void {
  const { vectors } = state.features;
  const { plan, candidates, ids, dense, subject } = target;
  const [score, item, personal, spread] = FACTORS.map((name) => plan.builtin[name]);
  if (vectors === undefined || score < 0) return;
  const memory = subject === undefined ? undefined : state.features.users.get(subject);
  const gaussian = memory === undefined || memory.n === 0 ? undefined : userPosterior(state, plan, vectors, memory);
  const { mean } = gaussian ?? standardNormal(vectors.value.dimension);
  for (let i = 0, row = 0; i < candidates.length; i++, row += plan.columns) {
    const vector = vectorOf(candidates[i], ids[i].id, vectors, state);
    let z = 0;
    for (let k = 0; k < mean.length; k++) z += mean[k] * vector[k + 1];
    const variance = gaussian === undefined ? squareOf(vector) : varianceAlong(gaussian, vector, 1);
    dense[row + score] = (vector[0] + z) / Math.sqrt(1 + (Math.PI / 8) * variance);
    dense[row + item] = vector[0];
    dense[row + personal] = z;
    dense[row + spread] = Math.sqrt(variance);
  }
}

const FACTORS = ["factor.score", "factor.item", "factor.personal", "factor.spread"];

/** vᵀ v: the variance under N(0, I). */
function squareOf(vector: Float64Array): number {
  let sum = 0;
  for (let k = 1; k < vector.length; k++) sum += vector[k] * vector[k];
  return sum;
}

/** Kept on the candidate, which is itself kept while its content stands. */
function vectorOf(candidate: Candidate, id: string, vectors: Vectors, state: PolicyState): Float64Array {
  const kept = candidate.factor;
  if (kept.vectors !== vectors) {
    kept.vectors = vectors;
    kept.vector = vectors.vectorOf(id, candidate, state.catalogue.vocabulary);
  }
  return kept.vector;
}

/** From the memory's rows and the vectors their items have now; made again when either changed. */
function userPosterior(state: PolicyState, plan: Plan, vectors: Vectors, memory: UserMemory): Gaussian {
  const rows = new Array<Float64Array>(memory.n);
  for (let h = 0; h < memory.n; h++) {
    const { id } = state.features.byIndex[memory.item[h]];
    rows[h] = vectorOf(plan.views.storedAt(state, plan, memory.item[h]), id, vectors, state);
  }
  const known = vectors.users.get(memory);
  if (known !== undefined && known.changes === memory.changes && same(known.vectors, rows)) return known.gaussian;
  const gaussian = posteriorOf(evidenceOf(vectors, memory, rows));
  vectors.users.delete(memory);
  vectors.users.set(memory, { changes: memory.changes, vectors: rows, gaussian });
  if (vectors.users.size > USERS_KEPT) {
    for (const oldest of vectors.users.keys()) {
      vectors.users.delete(oldest);
      break;
    }
  }
  return gaussian;
}

function same(a: readonly Float64Array[], b: readonly Float64Array[]): boolean {
  for (let h = 0; h < b.length; h++) if (a[h] !== b[h]) return false;
  return a.length === b.length;
}

let scratch = emptyEvidence(0, MEMORY_ROWS);

function evidenceOf(vectors: Vectors, memory: UserMemory, rows: readonly Float64Array[]) {
  const { dimension } = vectors.value;
  if (scratch.dimension !== dimension) scratch = emptyEvidence(dimension, MEMORY_ROWS);
  scratch.n = rows.length;
  for (let h = 0; h < rows.length; h++) {
    scratch.vectors.set(rows[h], h * (dimension + 1));
    scratch.answers[h] = vectors.answerOf(memory.reward[h]);
  }
  return scratch;
}
