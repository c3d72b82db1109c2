/** How wrongly predictions order the rows of one list: what a ranking is judged by, whatever their common level. */

/** Rows of a list that are compared, its first ones: pairs grow with their square. */
export const COMPARED_ROWS_MAX = 64;

export interface Judgement {
  readonly rewards: readonly (number | undefined)[];
  /** rows × stride, row-major. */
  readonly predictions: Float32Array;
  readonly stride: number;
}

/**
 * Adds to `into[k]`, for each of its k: the share of pairs of rows with different rewards that column k orders
 * wrongly, pairs weighed by the difference and equal predictions counting half, times `weight`. It is the weighted
 * form of 1 − AUC (Hanley and McNeil 1982). Cost: rows² / 2 comparisons for each k.
 * @returns whether any rewards differ; where none do nothing is added.
 */
export function addDisorder(into: Float64Array, list: Judgement, weight: number): boolean {
  const { rewards, predictions, stride } = list;
  if (rewards.length < 2) return false;
  const rows = Math.min(COMPARED_ROWS_MAX, rewards.length);
  const wrong = new Float64Array(into.length);
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const high = rewards[i];
    if (high === undefined) continue;
    for (let j = 0; j < rows; j++) {
      const low = rewards[j];
      if (low === undefined || !(high > low)) continue;
      total += high - low;
      for (let k = 0; k < wrong.length; k++) {
        const lead = predictions[i * stride + k] - predictions[j * stride + k];
        if (!(lead > 0)) wrong[k] += (high - low) * (lead === 0 ? 0.5 : 1);
      }
    }
  }
  if (!(total > 0) || !Number.isFinite(total)) return false;
  for (let k = 0; k < wrong.length; k++) into[k] += (weight * wrong[k]) / total;
  return true;
}
