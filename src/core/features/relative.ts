/** Columns relative to the request's own list, their squares, and the list's level itself. */
import type { Plan } from "./plan.ts";

/** Writes (x − mean) / (standard deviation) over the n rows, 0 where all rows agree; its square; means. Cost: n a column. */
export function relatives(plan: Plan, n: number, dense: Float32Array): void {
  const stride = plan.columns;
  for (const { from, to } of plan.relatives) {
    let sum = 0;
    for (let i = 0, k = from; i < n; i++, k += stride) sum += dense[k];
    const mean = sum / n;
    let squares = 0;
    for (let i = 0, k = from; i < n; i++, k += stride) {
      const d = dense[k] - mean;
      squares += d * d;
    }
    const sd = Math.sqrt(squares / n);
    if (!(sd > 1e-6)) continue;
    for (let i = 0, k = i * stride; i < n; i++, k += stride) dense[k + to] = (dense[k + from] - mean) / sd;
  }
  for (const { from, to } of plan.means) {
    let sum = 0;
    for (let i = 0, k = from; i < n; i++, k += stride) sum += dense[k];
    for (let i = 0, k = to; i < n; i++, k += stride) dense[k] = sum / n;
  }
  for (const { from, to } of plan.squares)
    for (let i = 0, k = 0; i < n; i++, k += stride) dense[k + to] = dense[k + from] * dense[k + from];
}
