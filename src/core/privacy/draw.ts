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
  readonly slots: number[];
  /** The conditional propensity of a slot is exactly weight / sum; both 1 where pinned. */
  readonly weight: number[];
  readonly sum: number[];
  /** Some slot refused all its words: nothing above may be served. */
  readonly failed: boolean;
}

/** Told of the weights left before each slot (0 where taken) and their sum; not to be kept. */
export type Trace = (weights: Float64Array, sum: number, pinned: number) => void;

/**
 * Draws one list. Pure but for `weights`, which it uses up: the same words give the same list.
 * @param input weights: n whole numbers ≥ 1 of a sum below 2^53. words: six whole numbers below 2^53 for each slot.
 * @throws CB_PINS_INVALID. Cost: O(n · slots), about 2 µs at 100 items and 10 slots.
 */
export function drawIntegers(
  input: {
    readonly weights: Float64Array;
    readonly slots: number;
    readonly pins?: readonly Pin[];
    readonly words: Float64Array;
  },
  trace?: Trace,
): IntegerDraw {
  const { weights, words } = input;
  const pinned = pinnedItems(input.pins, { n: weights.length, slots: Math.min(input.slots, weights.length) });
  for (let slot = 0; slot < pinned.length; slot++) if (pinned[slot] >= 0) weights[pinned[slot]] = 0;
  let left = 0;
  for (let i = 0; i < weights.length; i++) left += weights[i];
  const slots: number[] = new Array(pinned.length);
  const weight: number[] = new Array(pinned.length);
  const sum: number[] = new Array(pinned.length);
  let failed = false;
  for (let slot = 0; slot < pinned.length; slot++) {
    trace?.(weights, left, pinned[slot]);
    const drawing = pinned[slot] < 0;
    const offset = drawing ? offsetOf(words, slot, left) : 0;
    const item = drawing ? itemAt(weights, Math.max(0, offset)) : pinned[slot];
    failed = failed || offset < 0;
    slots[slot] = item;
    weight[slot] = drawing ? weights[item] : 1;
    sum[slot] = drawing ? left : 1;
    left -= weights[item];
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
  // The quotient may be rounded up by one: its multiple is still at most `limit`, and so exact.
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
