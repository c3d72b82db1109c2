/** A model's output → scores as they are logged and drawn from. */
import type { Scores } from "../explore/explorer.ts";

/** Variances this far below 0 are float32 rounding of 0. */
const ROUNDING = -1e-6;

/**
 * Means as they are and s = √variance, both float32 of length n: the result's memory is taken over, s stands where the
 * variance stood.
 * @returns undefined when a number is not finite, a variance is negative, or there are not n of them.
 */
export function scoresOf(result: { mean: Float32Array; variance: Float32Array }, n: number): Scores | undefined {
  const { mean, variance } = result;
  if (mean.length !== n || variance.length !== n) return undefined;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const v = variance[i];
    if (!(v >= ROUNDING)) return undefined;
    variance[i] = v > 0 ? Math.sqrt(v) : 0;
    sum += Math.abs(mean[i]) + v;
  }
  return Number.isFinite(sum) ? { score: mean, uncertainty: variance } : undefined;
}
