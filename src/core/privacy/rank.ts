/**
 * One private list from logged values: what serving draws and what a replay repeats are this one function of float32
 * scores, parameters and words. Threat row T2: who sees the list learns at most `epsilon` about the requester's
 * private columns, all of them changing at once, the candidates and everything public being equal.
 */
import type { Parameters } from "../explore/explorer.ts";
import type { Pin } from "../explore/pins.ts";
import { drawIntegers, type Trace } from "./draw.ts";
import { oneSlotEpsilon, tellingSlots } from "./epsilon.ts";
import { publicSteps, type ScorePair, weightsOf } from "./grid.ts";
import { type Mechanism, mechanismOf } from "./mechanism.ts";
import type { NoiseWords } from "./words.ts";

export interface PrivateInput {
  readonly scores: ScorePair;
  /** Those of `privatePlackettLuce`. */
  readonly parameters: Parameters;
  /** Whether the private residual acts; else it is zero for every item, and everything else is the same. */
  readonly personal: boolean;
  readonly slots: number;
  readonly pins?: readonly Pin[];
  readonly words: NoiseWords;
}

export interface PrivateList {
  readonly slots: readonly number[];
  /** Conditional propensities as exact fractions, weight / sum; all 1/1 where nothing was drawn. */
  readonly weight: readonly number[];
  readonly sum: readonly number[];
  /** The same as numbers. */
  readonly propensity: readonly number[];
  /** Pure epsilon of this list, in nats; 0 when not personal. With one telling slot the exact finite-n value. */
  readonly epsilon: number;
  /** The words failed and the public order stands instead; probability below slots · (n · 2^bits / 2^53)^6: the delta. */
  readonly failed: boolean;
}

/**
 * @param pmf filled with the probability of every item at every slot, when given.
 * @throws CB_PINS_INVALID. Cost: O(n · slots).
 */
export function rankPrivately(input: PrivateInput, pmf?: Float64Array[]): PrivateList {
  const { scores, personal, slots, pins } = input;
  const mechanism = mechanismOf(input.parameters);
  const { publicScore } = scores;
  const weights = weightsOf(personal ? scores : { score: publicScore, publicScore }, mechanism);
  const trace: Trace | undefined = pmf && ((left, sum, pinned) => void pmf.push(rowOf(left, sum, pinned)));
  const { slots: list, weight, sum, failed } = drawIntegers({ weights, slots, pins, words: input.words.values }, trace);
  const epsilon = personal ? epsilonOf(input, mechanism) : 0;
  if (failed) return publicList(input, epsilon);
  const propensity: number[] = new Array(list.length);
  for (let slot = 0; slot < list.length; slot++) propensity[slot] = weight[slot] / sum[slot];
  return { slots: list, weight, sum, propensity, epsilon, failed };
}

/** The loss of any list of this shape, whichever was drawn: it depends on nothing private. */
function epsilonOf({ scores, slots, pins = [] }: PrivateInput, mechanism: Mechanism): number {
  const n = scores.publicScore.length;
  const telling = tellingSlots({ n, slots: Math.min(slots, n), pinned: pins.length });
  if (telling !== 1) return telling * mechanism.slotEpsilon;
  const pinned = new Set(pins.map(({ itemIndex }) => itemIndex));
  const steps = publicSteps(scores.publicScore, mechanism).filter((_, i) => !pinned.has(i));
  return Math.min(mechanism.slotEpsilon, oneSlotEpsilon(mechanism.table, mechanism.residual, steps));
}

function rowOf(left: Float64Array, sum: number, pinned: number): Float64Array {
  const row = new Float64Array(left.length);
  if (pinned >= 0) row[pinned] = 1;
  else for (let i = 0; i < row.length; i++) row[i] = left[i] / sum;
  return row;
}

/** Pins in place, the rest by public score, the first in the request among equal ones: nothing random, nothing private. */
function publicList({ scores, slots, pins = [] }: PrivateInput, epsilon: number): PrivateList {
  const { publicScore } = scores;
  const pinned = new Map(pins.map(({ itemIndex, position }) => [position - 1, itemIndex]));
  const placed = new Set(pinned.values());
  const rest = Array.from(publicScore.keys()).filter((i) => !placed.has(i));
  rest.sort((a, b) => publicScore[b] - publicScore[a] || a - b);
  let next = 0;
  const k = Math.min(slots, publicScore.length);
  const list = Array.from({ length: k }, (_, slot) => pinned.get(slot) ?? rest[next++]);
  const ones = list.map(() => 1);
  return { slots: list, weight: ones, sum: ones, propensity: ones, epsilon, failed: true };
}
