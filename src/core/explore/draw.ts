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
import type { Explorer, Scores, SlotLaw } from "./explorer.ts";
import { explorerOf } from "./explorers.ts";
import { type Pin, pinnedItems } from "./pins.ts";

export interface Law {
  /** Finite; of one length n, the eligible items. */
  readonly scores: Scores;
  readonly explorer: Explorer;
  /** All parameters of the explorer by name (`parametersOf`). */
  readonly parameters: { readonly [parameter: string]: number };
  /** Probability per eligible item and slot, ≥ 0; above 1/n it acts as 1/n. */
  readonly floor: number;
  /** Slots wanted, ≥ 0; at most n are drawn. */
  readonly slots: number;
  readonly pins?: readonly Pin[];
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
 * @throws CB_SCORES_NOT_FINITE, CB_FLOOR_INVALID, CB_PINS_INVALID, CB_EXPLORER_PARAMETER_INVALID
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
  const out = new Float64Array(course.n);
  const pinned = course.pinned[earlier.length];
  if (pinned >= 0) out[pinned] = 1;
  else conditional(course, out);
  return out;
}

/** The state of a draw under way. */
interface Course {
  readonly n: number;
  readonly law: SlotLaw;
  readonly floor: number;
  /** Pinned item of each slot, −1 where none. */
  readonly pinned: Int32Array;
  /** 1 = placed or pinned. */
  readonly taken: Uint8Array;
  /** Zeros in `taken`. */
  left: number;
}

function run(input: Law, uniform: Uniform, trace?: Float64Array[]): Drawn {
  const course = begin(input);
  const slots = new Int32Array(course.pinned.length);
  const propensity = new Float64Array(slots.length);
  const pmf = new Float64Array(course.n);
  for (let slot = 0; slot < slots.length; slot++) {
    let item = course.pinned[slot];
    if (item >= 0) pmf.fill(0)[item] = 1;
    else {
      conditional(course, pmf);
      item = inverse(pmf, uniform());
      take(course, item);
    }
    slots[slot] = item;
    propensity[slot] = pmf[item];
    trace?.push(pmf.slice());
  }
  return { slots, propensity };
}

function begin(input: Law): Course {
  const n = input.scores.score.length;
  if (!(input.floor >= 0)) {
    throw new BrigandError("CB_FLOOR_INVALID", `floor must be a probability from 0 up, got ${input.floor}`, "Leave the floor out for the default of 0.01/n.");
  }
  const taken = new Uint8Array(n);
  const pinned = pinnedItems(input.pins, { n, slots: Math.min(input.slots, n) });
  let left = n;
  for (let slot = 0; slot < pinned.length; slot++) {
    if (pinned[slot] < 0) continue;
    taken[pinned[slot]] = 1;
    left--;
  }
  const law = input.explorer.law(input.scores, input.parameters);
  const floor = input.explorer.takesFloor ? Math.min(input.floor, 1 / n) : 0;
  return { n, law, floor, pinned, taken, left };
}

function take(course: Course, item: number): void {
  if (course.taken[item] === 0) course.left--;
  course.taken[item] = 1;
}

/** Writes pᵢ of the next slot into `out`: the explorer's pmf with the floor mixed in, exactly 1 for a last item left. */
function conditional(course: Course, out: Float64Array): void {
  const { n, law, floor, taken, left } = course;
  law.pmf(taken, left, out);
  const keep = left === 1 ? 1 : Math.max(0, 1 - left * floor);
  const add = left === 1 ? 0 : floor;
  for (let i = 0; i < n; i++) {
    if (taken[i] === 0) out[i] = keep * out[i] + add;
  }
}

/**
 * First index whose cumulative probability exceeds u. Where rounding leaves the total at or below u: the last index
 * of positive probability. So an item of probability 0 is never drawn.
 */
function inverse(pmf: Float64Array, u: number): number {
  let cumulative = 0;
  for (let i = 0; i < pmf.length; i++) {
    cumulative += pmf[i];
    if (u < cumulative) return i;
  }
  for (let i = pmf.length - 1; i >= 0; i--) {
    if (pmf[i] > 0) return i;
  }
  throw new BrigandError("CB_SCORES_NOT_FINITE", "scores and uncertainties must be finite numbers", "The model returned NaN or Infinity: serve the baseline and refuse the model.");
}
