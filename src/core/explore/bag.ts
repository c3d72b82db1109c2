/**
 * Bagging for a model that knows its posterior: instead of models trained on resampled rows, a few samples of the
 * posterior, each of which votes for the item it likes best among those left.
 *
 *   valueᵦᵢ = scoreᵢ + width · sᵢ · zᵦᵢ      z independent standard normals, one for each bag and item
 *   P(next = i | left, z) = share of the bags in which i is the best left (equal ones share their bag's vote)
 *
 * z follows from the decision's seed (`farUniformOf`, bag by bag and itemIndex by itemIndex, by the normal quantile),
 * so the law is a function of what is logged, and the propensity is that share: exact given the seed, a multiple of
 * 1/bags where nothing ties. It is not the chance over all seeds, which is `thompson`'s at the first slot. Estimates
 * that weight by it stay unbiased, as the seed knows nothing of the rewards; items without a vote rest on the floor.
 * All slots share one set of samples.
 *
 * Precondition: scores and s finite, s ≥ 0. Cost: n · bags normals a request (20 ns each), n · bags steps a slot.
 */
import { BrigandError } from "../errors.ts";
import { normalQuantile } from "../math/normal.ts";
import { farUniformOf } from "../math/random.ts";
import { float64s } from "../math/slab.ts";
import type { Explorer, Parameters, Scores, SlotLaw } from "./explorer.ts";

/** In place of a uniform of 0, whose quantile is not finite. */
const UNIFORM_LEAST = 2 ** -54;

export const bag: Explorer = {
  name: "bag",
  defaults: { bags: 16, width: 0.5 },
  ranges: { bags: [1, 256], width: [0, 1000] },
  takesFloor: true,
  seeded: true,
  refuse({ bags }) {
    return Number.isInteger(bags) ? undefined : `bags: ${bags}, which is not whole`;
  },
  law: lawOf,
};

function lawOf(scores: Scores, { bags, width }: Parameters, seed?: string): SlotLaw {
  if (seed === undefined) throw new BrigandError("CB_SEED_INVALID", { came: "none" });
  const n = scores.score.length;
  const value = samplesOf(scores, { bags, width }, seed);
  return {
    weigh(taken, _left, out) {
      out.fill(0, 0, n);
      for (let from = 0; from < value.length; from += n) vote(value, from, { taken, out, n });
      return bags;
    },
  };
}

/** bags × n values, bag by bag. */
function samplesOf(
  { score, uncertainty }: Scores,
  { bags, width }: { readonly bags: number; readonly width: number },
  seed: string,
): Float64Array {
  const n = score.length;
  const value = float64s(bags * n);
  const uniform = farUniformOf(seed);
  for (let at = 0; at < value.length; at++) {
    const z = normalQuantile(Math.max(uniform(), UNIFORM_LEAST));
    value[at] = score[at % n] + width * uncertainty[at % n] * z;
  }
  return value;
}

/** Adds one vote to the best item left in the bag at `from`; equal ones share it. */
function vote(
  value: Float64Array,
  from: number,
  { taken, out, n }: { readonly taken: Uint8Array; readonly out: Float64Array; readonly n: number },
): void {
  let best = -1;
  let ties = 0;
  for (let i = 0; i < n; i++) {
    if (taken[i] !== 0) continue;
    if (best < 0 || value[from + i] > value[from + best]) {
      best = i;
      ties = 1;
    } else if (value[from + i] === value[from + best]) ties++;
  }
  if (ties === 1) {
    out[best]++;
    return;
  }
  for (let i = best; i < n; i++) if (taken[i] === 0 && value[from + i] === value[from + best]) out[i] += 1 / ties;
}
