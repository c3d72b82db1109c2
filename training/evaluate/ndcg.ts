/** NDCG@k with binary gain, discount 1/log2(rank + 1), ideal = all positives first; ties by the logged order. */

/** @param scores by place in the logged list. @param positive flags by the same. 0 where nothing is positive. */
export function ndcg(scores: ArrayLike<number>, positive: ArrayLike<number>, k = 10): number {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
  let gain = 0;
  let ideal = 0;
  let positives = 0;
  for (let i = 0; i < positive.length; i++) positives += positive[i];
  for (let rank = 0; rank < Math.min(k, order.length); rank++) {
    const discount = 1 / Math.log2(rank + 2);
    if (positive[order[rank]]) gain += discount;
    if (rank < positives) ideal += discount;
  }
  return ideal > 0 ? gain / ideal : 0;
}
