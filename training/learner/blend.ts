/**
 * How much to believe two predictions together: reward − base = a + b · (shared − base) + c · (other − base), least
 * squares over predictions made before each row was learned, drawn towards the shared one alone. Rows fade by half every
 * `FADE_ROWS`, so that the blend follows both while they learn.
 */
import { factorise, solve } from "../../src/core/math/cholesky.ts";

const FADE_ROWS = 4_096;
/** Rows' worth of the prior: a = 0, b = 1, c = 0. */
const PRIOR_ROWS = 32;
/** Rows between two solves. */
const SOLVE_ROWS = 16;

export interface Predicted {
  readonly shared: number;
  readonly other: number;
  readonly base: number;
}

/** Plain data: a checkpoint holds it as it is. */
export interface Blend {
  /** Σ of products of [1, shared, other, reward] less base: lower triangle of 4 × 4, faded. */
  readonly sums: Float64Array;
  /** [a, b, c]. */
  readonly weights: Float64Array;
  unsolved: number;
}

export function emptyBlend(): Blend {
  return { sums: new Float64Array(10), weights: Float64Array.of(0, 1, 0), unsolved: 0 };
}

export function blended({ weights }: Blend, { shared, other, base }: Predicted): number {
  return base + weights[0] + weights[1] * (shared - base) + weights[2] * (other - base);
}

/** Cost: ten products; every 16th row a solve of three unknowns. */
export function addBlend(blend: Blend, { shared, other, base }: Predicted, reward: number): void {
  const { sums } = blend;
  const row = [1, shared - base, other - base, reward - base];
  const keep = 0.5 ** (1 / FADE_ROWS);
  for (let i = 0, k = 0; i < 4; i++) for (let j = 0; j <= i; j++, k++) sums[k] = sums[k] * keep + row[i] * row[j];
  blend.unsolved++;
  if (blend.unsolved < SOLVE_ROWS) return;
  blend.unsolved = 0;
  solveBlend(blend);
}

function solveBlend({ sums, weights }: Blend): void {
  const n = sums[0];
  const variance = sums[9] / n;
  if (!(variance > 0)) return;
  const ridge = [PRIOR_ROWS, PRIOR_ROWS * variance, PRIOR_ROWS * variance];
  const prior = [0, 1, 0];
  const a = new Float64Array(9);
  const b = new Float64Array(3);
  for (let i = 0, k = 0; i < 3; i++) {
    for (let j = 0; j <= i; j++, k++) a[i * 3 + j] = sums[k];
    a[i * 3 + i] += ridge[i];
    b[i] = sums[6 + i] + ridge[i] * prior[i];
  }
  factorise(a, 3);
  weights.set(solve(a, 3, b));
}
