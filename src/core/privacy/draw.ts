/**
 * The draw of a private ranking, on whole numbers alone. The place of each slot: with S the sum of the weights left,
 * the first of its six words below ⌊2^53/S⌋·S, modulo S, falls on an item with probability exactly weight/S. Every
 * slot reads six words and scans every item, whatever the scores: the work depends on n and k only.
 *
 * A word is refused with probability below S/2^53: for 1,000 items of 32 bits 2^-11, all six of a slot 2^-66.
 */
import { type Pin, pinnedItems } from "../explore/pins.ts";
import { WORDS_A_SLOT } from "./words.ts";

const TWO_53 = 2 ** 53;

export interface IntegerDraw {
  /** itemIndex by slot; min(slots, n) of them. */
  readonly slots: Int32Array;
  /** The conditional propensity of a slot is exactly weight / sum; both 1 where pinned. */
  readonly weight: Float64Array;
  readonly sum: Float64Array;
  /** Some slot refused all its words: nothing above may be served. */
  readonly failed: boolean;
}

/**
 * Draws one list. Pure: the same words give the same list.
 * @param input weight: n whole numbers ≥ 1 of a sum below 2^53. words: six whole numbers below 2^53 for each slot.
 * @param left told of the weights left before each slot (0 where taken) and their sum; not to be kept.
 * @throws CB_PINS_INVALID. Cost: O(n · slots), about 1.5 µs at 100 items and 10 slots.
 */
export function drawIntegers(
  input: {
    readonly weight: Float64Array;
    readonly slots: number;
    readonly pins?: readonly Pin[];
    readonly words: Float64Array;
  },
  left?: (weights: Float64Array, sum: number, pinned: number) => void,
): IntegerDraw {
  const weights = input.weight.slice();
  const n = weights.length;
  const pinned = pinnedItems(input.pins, { n, slots: Math.min(input.slots, n) });
  for (let slot = 0; slot < pinned.length; slot++) if (pinned[slot] >= 0) weights[pinned[slot]] = 0;
  let total = 0;
  for (let i = 0; i < n; i++) total += weights[i];
  const slots = new Int32Array(pinned.length);
  const weight = new Float64Array(slots.length).fill(1);
  const sum = new Float64Array(slots.length).fill(1);
  let failed = false;
  for (let slot = 0; slot < slots.length; slot++) {
    left?.(weights, total, pinned[slot]);
    slots[slot] = pinned[slot];
    if (pinned[slot] >= 0) continue;
    const offset = offsetOf(input.words, slot, total);
    failed = failed || offset < 0;
    const item = itemAt(weights, Math.max(0, offset));
    slots[slot] = item;
    weight[slot] = weights[item];
    sum[slot] = total;
    total -= weights[item];
    weights[item] = 0;
  }
  return { slots, weight, sum, failed };
}

/** Uniform on 0 … sum − 1, or −1 when all six words lie above the largest multiple of sum. All arithmetic is exact. */
function offsetOf(words: Float64Array, slot: number, sum: number): number {
  const limit = TWO_53 - (TWO_53 % sum);
  let word = -1;
  for (let at = (slot + 1) * WORDS_A_SLOT - 1; at >= slot * WORDS_A_SLOT; at--)
    word = words[at] < limit ? words[at] : word;
  const rest = word - Math.floor(word / sum) * sum;
  return word < 0 ? -1 : rest < 0 ? rest + sum : rest;
}

/** The first item whose cumulative weight exceeds the offset; an item of weight 0 never is. */
function itemAt(weights: Float64Array, offset: number): number {
  let cumulative = 0;
  let item = 0;
  for (let i = 0; i < weights.length; i++) {
    cumulative += weights[i];
    item += cumulative <= offset ? 1 : 0;
  }
  return item;
}
