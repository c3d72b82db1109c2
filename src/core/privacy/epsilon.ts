/**
 * What a table of whole weights costs, in nats of pure differential privacy, computed from its integers. Neighbours:
 * any change of all private residuals at once (each within its box), everything public being equal.
 *
 * Per slot the loss is at most ln(T[q]/T[q+B]) for the item itself and as much again for the sum it is divided by
 * (Durfee and Rogers 2019 for the continuous mechanism; here with the rounded weights). Slots compose by adding up.
 */

/** Covers the rounding of a few operations: what comes out is never below the exact value. */
const ROUNDING = 2 ** -48;

/**
 * One slot, any score against any other: 2·ln(T[0]/T[last]), rounded up.
 * @param table falling whole numbers, 1 ≤ T[q] < 2^53.
 */
export function fullBoxEpsilon(table: Float64Array): number {
  return roundedUp(2 * logRatio(table[0], table[table.length - 1]));
}

/** One slot, public steps fixed and residuals of 0 … `residual` steps: 2·max over q of ln(T[q]/T[q+residual]), rounded up. */
export function residualEpsilon(table: Float64Array, residual: number): number {
  let most = 0;
  for (let q = 0; q + residual < table.length; q++) most = Math.max(most, logRatio(table[q], table[q + residual]));
  return roundedUp(2 * most);
}

/**
 * The exact worst case of one slot over all residuals, the public steps being what they are, rounded up:
 *
 *   max over i of ln  T[pᵢ]·(T[pᵢ+B] + Σ T[pⱼ]) / (T[pᵢ+B]·(T[pᵢ] + Σ T[pⱼ+B])),   sums over j ≠ i
 *
 * For n equal public steps and r = T[0]/T[B] it is ln(r(1 + (n−1)r)/(r + n − 1)): ln r at n = 2, towards 2·ln r.
 * @param publicSteps n numbers 0 … table.length − 1 − residual. Cost: O(n). 0 for n = 1.
 */
export function oneSlotEpsilon(table: Float64Array, residual: number, publicSteps: ArrayLike<number>): number {
  const n = publicSteps.length;
  if (n < 2) return 0;
  let highest = 0;
  let lowest = 0;
  for (let i = 0; i < n; i++) {
    highest += table[publicSteps[i]];
    lowest += table[publicSteps[i] + residual];
  }
  let most = 0;
  for (let i = 0; i < n; i++) {
    const high = table[publicSteps[i]];
    const low = table[publicSteps[i] + residual];
    const own = logRatio(high, low);
    const others = logRatio(low + (highest - high), high + (lowest - low));
    most = Math.max(most, own + others + ROUNDING * (own + Math.abs(others)));
  }
  return most;
}

/**
 * Slots of a list that can tell anything: not those that are pinned, nor one with a single item left.
 * @param list n eligible items, slots ≤ n of which `pinned` are fixed beforehand.
 */
export function tellingSlots(list: { readonly n: number; readonly slots: number; readonly pinned: number }): number {
  return Math.max(0, Math.min(list.slots - list.pinned, list.n - list.pinned - 1));
}

/** ln(a/b) of whole numbers, to a few units in the last place however near they are. */
function logRatio(a: number, b: number): number {
  return Math.log1p((a - b) / b);
}

function roundedUp(epsilon: number): number {
  return epsilon * (1 + ROUNDING);
}
