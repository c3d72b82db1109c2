/**
 * The only place that makes a propensity. A ranking of k slots over n eligible items is k fresh draws without
 * replacement; with m items left and floor f, item i is next with probability
 *
 *   pᵢ = (1 − m·f) · pmfᵢ + f
 *
 * where pmf is the explorer's. That number at the drawn item is the slot's conditional propensity; the product over
 * the slots is the joint. A pinned slot holds its item with propensity 1, and a pinned item is left to no other slot.
 *
 * Each slot that is not pinned uses exactly one uniform u and takes the first item, by itemIndex, whose cumulative
 * probability exceeds u. See docs/adr/0002-propensity.md.
 */
import { BrigandError } from "../errors.ts";
import { type Uniform, uniformOf } from "../math/random.ts";
import { float64s } from "../math/slab.ts";
import type { Explorer, Parameters, Scores, SlotLaw } from "./explorer.ts";
import { explorerOf } from "./explorers.ts";
import { type Pin, pinnedItems } from "./pins.ts";

export interface Law {
  /** Finite; of one length n, the eligible items. */
  readonly scores: Scores;
  readonly explorer: Explorer;
  /** All parameters of the explorer by name (`parametersOf`). */
  readonly parameters: Parameters;
  /** Probability per eligible item and slot, ≥ 0; above 1/n it acts as 1/n. */
  readonly floor: number;
  /** Slots wanted, ≥ 0; at most n are drawn. */
  readonly slots: number;
  readonly pins?: readonly Pin[];
  /** The decision's seed, 64 hex digits: only where the explorer is `seeded`, whose law depends on it. */
  readonly seed?: string;
}

export interface Drawn {
  /** itemIndex at each slot; min(slots, n) of them. */
  readonly slots: Int32Array;
  /** Conditional propensity of each slot, in (0, 1]. */
  readonly propensity: Float64Array;
}

/** The floor of a policy that sets none: one percent of the slot is spread over the n eligible items. */
export function defaultFloor(n: number): number {
  return 0.01 / n;
}

/**
 * Draws one list. Uses one uniform for each slot that is not pinned, in slot order.
 * @throws CB_SCORES_NOT_FINITE, CB_FLOOR_INVALID, CB_PINS_INVALID, CB_SEED_INVALID
 * Cost: O(n · slots); see docs/adr/0002-propensity.md for measured times.
 */
export function draw(input: Law & { readonly uniform: Uniform }): Drawn {
  return run(input, input.uniform);
}

/**
 * Repeats a logged draw bit for bit, with the full pmf of every slot (floor included; one-hot where pinned).
 * @param input the fields of the decision line; `explorer` by name, `seed` in hex.
 * @throws what `draw` throws, CB_EXPLORER_UNKNOWN, CB_SEED_INVALID
 */
export function replayDraw(
  input: Omit<Law, "explorer"> & { readonly explorer: string; readonly seed: string },
): Drawn & { readonly pmf: Float64Array[] } {
  const pmf: Float64Array[] = [];
  const drawn = run({ ...input, explorer: explorerOf(input.explorer) }, uniformOf(input.seed), pmf);
  return { ...drawn, pmf };
}

/**
 * The full pmf (floor included) of slot `earlier.length`, the items at the slots before it being given: n numbers
 * that sum to 1 ± 1e-12, 0 for items taken or pinned elsewhere.
 * @param earlier distinct itemIndexes, fewer than min(slots, n). @throws what `draw` throws
 */
export function pmfOfSlot(input: Law, earlier: ArrayLike<number>): Float64Array {
  const course = begin(input);
  for (let slot = 0; slot < earlier.length; slot++) take(course, earlier[slot]);
  const pinned = course.pinned[earlier.length];
  if (pinned >= 0) return oneHot(course.n, pinned);
  return pmfOf(course, weigh(course));
}

/**
 * The full pmf (floor included) of every slot of a given list, the items above it being given; as `pmfOfSlot` slot by
 * slot, at the cost of one law. What another model would have drawn is asked so.
 * @param slots distinct itemIndexes, at most min(slots, n). @throws what `draw` throws
 */
export function pmfsAlong(input: Law, slots: ArrayLike<number>): Float64Array[] {
  const course = begin(input);
  return Array.from(slots, (item, slot) => {
    const pinned = course.pinned[slot];
    const pmf = pinned >= 0 ? oneHot(course.n, pinned) : pmfOf(course, weigh(course));
    take(course, item);
    return pmf;
  });
}

/**
 * Work space of the draw under way, at least n long; a draw runs to its end without giving way, and nothing of it
 * escapes.
 */
let scratchWeight = new Float64Array(256);
let scratchTaken = new Uint8Array(256);

/** The state of a draw under way. */
interface Course {
  readonly n: number;
  readonly law: SlotLaw;
  readonly floor: number;
  /** Pinned item of each slot, −1 where none. */
  readonly pinned: Int32Array;
  /** 1 = placed or pinned. */
  readonly taken: Uint8Array;
  readonly weight: Float64Array;
  /** Zeros among the first n of `taken`. */
  left: number;
}

/** p = scale · weight + add for every item left. */
interface Mix {
  readonly scale: number;
  readonly add: number;
}

function run(input: Law, uniform: Uniform, trace?: Float64Array[]): Drawn {
  const course = begin(input);
  const slots = new Int32Array(course.pinned.length);
  const propensity = float64s(slots.length);
  for (let slot = 0; slot < slots.length; slot++) {
    const pinned = course.pinned[slot];
    if (pinned >= 0) {
      slots[slot] = pinned;
      propensity[slot] = 1;
      trace?.push(oneHot(course.n, pinned));
      continue;
    }
    const mix = weigh(course);
    const item = inverse(course, mix, uniform());
    slots[slot] = item;
    propensity[slot] = mixed(mix, course.weight[item]);
    trace?.push(pmfOf(course, mix));
    take(course, item);
  }
  return { slots, propensity };
}

function begin(input: Law): Course {
  const n = input.scores.score.length;
  if (!(input.floor >= 0)) {
    throw new BrigandError("CB_FLOOR_INVALID", { maximum: 1 / n, came: input.floor });
  }
  if (scratchTaken.length < n) {
    scratchWeight = new Float64Array(2 * n);
    scratchTaken = new Uint8Array(2 * n);
  }
  const taken = scratchTaken.fill(0, 0, n);
  const pinned = pinnedItems(input.pins, { n, slots: Math.min(input.slots, n) });
  let left = n;
  for (let slot = 0; slot < pinned.length; slot++) {
    if (pinned[slot] < 0) continue;
    taken[pinned[slot]] = 1;
    left--;
  }
  const law = input.explorer.law(input.scores, input.parameters, input.seed);
  const floor = input.explorer.takesFloor ? Math.min(input.floor, 1 / n) : 0;
  return { n, law, floor, pinned, taken, weight: scratchWeight, left };
}

function take(course: Course, item: number): void {
  if (course.taken[item] === 0) course.left--;
  course.taken[item] = 1;
}

/** Weighs the items left; a last one has propensity exactly 1. */
function weigh({ law, taken, left, weight, floor }: Course): Mix {
  const total = law.weigh(taken, left, weight);
  return left === 1 ? { scale: 0, add: 1 } : { scale: Math.max(0, 1 - left * floor) / total, add: floor };
}

/** The conditional propensity: the one expression that makes it, for draw, replay and explanation alike. */
function mixed({ scale, add }: Mix, weight: number): number {
  return scale * weight + add;
}

/**
 * The first item left whose cumulative propensity exceeds u. Where rounding leaves the total at or below u: the last
 * one of positive propensity. So an item of probability 0 is never drawn.
 */
function inverse({ n, taken, weight }: Course, mix: Mix, u: number): number {
  let cumulative = 0;
  let last = -1;
  for (let i = 0; i < n; i++) {
    if (taken[i] !== 0) continue;
    const p = mixed(mix, weight[i]);
    cumulative += p;
    if (u < cumulative) return i;
    if (p > 0) last = i;
  }
  if (last >= 0) return last;
  throw new BrigandError("CB_SCORES_NOT_FINITE", { came: "NaN or Infinity" });
}

function pmfOf({ n, taken, weight }: Course, mix: Mix): Float64Array {
  const pmf = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    if (taken[i] === 0) pmf[i] = mixed(mix, weight[i]);
  }
  return pmf;
}

function oneHot(n: number, item: number): Float64Array {
  const pmf = new Float64Array(n);
  pmf[item] = 1;
  return pmf;
}
