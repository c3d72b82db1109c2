/**
 * Every list a law can draw, with its probability, by walking the tree of conditionals: the exact answer for small n,
 * where no closed form exists.
 */
import { type Law, pmfOfSlot } from "./draw.ts";

export interface ListProbability {
  /** itemIndex at each slot. */
  readonly slots: readonly number[];
  /** Product of the conditional propensities, in (0, 1]. */
  readonly joint: number;
}

/**
 * All ordered lists of min(slots, n) items with positive probability; the probabilities sum to 1 ± 1e-12.
 * Cost: n!/(n−k)! lists, 40,320 at n = k = 8, which is the intended limit. @throws what `draw` throws
 */
export function enumerateLists(law: Law): ListProbability[] {
  const k = Math.min(law.slots, law.scores.score.length);
  const lists: ListProbability[] = [];
  const slots: number[] = [];
  const walk = (joint: number): void => {
    if (slots.length === k) {
      lists.push({ slots: slots.slice(), joint });
      return;
    }
    const pmf = pmfOfSlot(law, slots);
    for (let item = 0; item < pmf.length; item++) {
      if (!(pmf[item] > 0)) continue;
      slots.push(item);
      walk(joint * pmf[item]);
      slots.pop();
    }
  };
  walk(1);
  return lists;
}

/** P(item at slot) of an enumerated law: one array of n numbers for each slot. */
export function marginalsOfLists(lists: readonly ListProbability[], n: number): Float64Array[] {
  const k = lists.length === 0 ? 0 : lists[0].slots.length;
  const marginal = Array.from({ length: k }, () => new Float64Array(n));
  for (const { slots, joint } of lists) {
    for (let slot = 0; slot < k; slot++) marginal[slot][slots[slot]] += joint;
  }
  return marginal;
}
