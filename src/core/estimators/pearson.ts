/** Sample ratio, one look: are counts as their weights say? Pearson's chi-square, Σ (O − E)² / E. */
import { chiSquareTail } from "../math/gamma.ts";

/**
 * P-value; holds for one look fixed beforehand. What has weight 0 or count 0 is left out of the total too; 1 where
 * fewer than two are left.
 */
export function pearsonP(counts: readonly number[], weights: readonly number[]): number {
  const kept = counts
    .map((count, i) => ({ count, weight: weights[i] ?? 0 }))
    .filter((one) => one.count > 0 && one.weight > 0);
  if (kept.length < 2) return 1;
  const total = kept.reduce((sum, { count }) => sum + count, 0);
  const weight = kept.reduce((sum, one) => sum + one.weight, 0);
  const statistic = kept.reduce((sum, one) => {
    const expected = (total * one.weight) / weight;
    return sum + (one.count - expected) ** 2 / expected;
  }, 0);
  return chiSquareTail(statistic, kept.length - 1);
}
