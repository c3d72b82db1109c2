/** Statistics → posterior. Everything before this is exact; here Float64 begins. */
import type { Position } from "../../src/core/domain.ts";
import { factorise, invertFactor, solve } from "../../src/core/math/cholesky.ts";
import type { Block } from "./blocks.ts";
import { UNIT } from "./scale.ts";

/** One setting of the learner that competes with the others on progressive loss. */
export interface Variant {
  /** Rows after which a block weighs half; Infinity forgets nothing. */
  readonly halfLife: number;
  /** Prior precision of each weight in units of the noise: w ~ N(0, σ²/ridge). */
  readonly ridge: number;
  /** Sums of rows before the policy's first item vectors are dropped: their columns were not there. */
  readonly withVectors?: true;
}

export interface Posterior {
  /** [intercept, weights…] on φ. */
  readonly weights: Float64Array;
  /** Noise variance, posterior mean under an inverse-gamma prior. */
  readonly sigma2: number;
  /** L⁻¹ of A = L·Lᵀ, order × order; A includes the prior. */
  readonly inverse: Float64Array;
  readonly rows: number;
}

/** Prior of the noise: PRIOR_ROWS rows of variance PRIOR_VARIANCE (in units of 1024 reward steps). */
const PRIOR_ROWS = 4;
const PRIOR_VARIANCE = 0.1;

/**
 * Posterior of the weights from weighted blocks. Cost: blocks · order² plus order³.
 * @param order columns + 1. @param lastRow rows learned so far: ages are counted from it.
 */
export function posterior(
  blocks: readonly Block[],
  options: { order: number; lastRow: number; rewardUnit: number; variant: Variant; vectorsFrom?: Position },
): Posterior {
  const { order, variant, rewardUnit } = options;
  const a = new Float64Array(order * order);
  const b = new Float64Array(order);
  let squares = 0;
  let rows = 0;
  for (const block of blocks) {
    const weight = 2 ** (-(options.lastRow - block.lastRow) / variant.halfLife);
    const dropped = variant.withVectors === true && block.from < (options.vectorsFrom ?? 0);
    if (weight < 1e-6 || dropped) continue;
    rows += weight * block.n;
    squares += weight * block.squares * rewardUnit * rewardUnit;
    const scale = weight / (UNIT * UNIT);
    for (let i = 0, k = 0; i < order; i++) {
      for (let j = 0; j <= i; j++, k++) a[i * order + j] += scale * block.gram[k];
      b[i] += (weight / UNIT) * rewardUnit * block.moment[i];
    }
  }
  const data = Float64Array.from(a);
  for (let i = 0; i < order; i++) a[i * order + i] += i === 0 ? 1e-3 : variant.ridge;
  factorise(a, order);
  const weights = solve(a, order, b);
  const scale2 = (1024 * rewardUnit) ** 2;
  const residual = Math.max(0, squares - 2 * dot(weights, b) + quadratic(data, weights, order));
  const sigma2 = (residual + PRIOR_ROWS * PRIOR_VARIANCE * scale2) / (rows + PRIOR_ROWS);
  return { weights, sigma2, inverse: invertFactor(a, order), rows };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** xᵀ·A·x from the lower triangle. */
function quadratic(a: Float64Array, x: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) sum += 2 * a[i * n + j] * x[i] * x[j];
    sum += a[i * n + i] * x[i] * x[i];
  }
  return sum;
}
