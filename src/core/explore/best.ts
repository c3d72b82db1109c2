/**
 * Shares the probability `mass` equally among the best items left and adds it to `out`: ties by exact equality.
 * @param utility n finite numbers. @param taken n flags, 1 = already placed; at least one is 0.
 * @param out n probabilities, added to. Cost: two passes.
 */
export function addBest(
  utility: Float32Array | Float64Array,
  taken: Uint8Array,
  mass: number,
  out: Float64Array,
): void {
  const n = utility.length;
  let best = Number.NEGATIVE_INFINITY;
  let ties = 0;
  for (let i = 0; i < n; i++) {
    if (taken[i] !== 0) continue;
    const u = utility[i];
    if (u > best) {
      best = u;
      ties = 1;
    } else if (u === best) ties++;
  }
  const share = mass / ties;
  for (let i = 0; i < n; i++) {
    if (taken[i] === 0 && utility[i] === best) out[i] += share;
  }
}

/** Overwrites `out` with `value` for every item left and 0 for every item taken. */
export function fillLeft(taken: Uint8Array, n: number, value: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) out[i] = taken[i] === 0 ? value : 0;
}
