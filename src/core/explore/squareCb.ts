/**
 * Inverse gap weighting (SquareCB: Abe and Long 1999; Foster and Rakhlin 2020, "Beyond UCB", eq. 2): with m items left,
 *
 *   P(next = i | left) = 1 / (m + γ · (best left − scoreᵢ))     the best left get the rest, equally
 *   γ = max(gamma, sharpness · n / s of the leader)             once a request, over all n eligible items
 *
 * A constant γ never stops exploring; theory lets it grow with the square root of the decisions, which is as 1/s does,
 * so γ follows the model's own doubt and `gamma` is its least value: all there is for a model without variance (s = 0)
 * or with `sharpness` 0. The leader has the largest score; among equal ones the largest s counts. γ is in 1/reward.
 *
 * Precondition: scores and s finite, s ≥ 0.
 */
import type { Explorer, Parameters, Scores, SlotLaw } from "./explorer.ts";

export const squareCb: Explorer = {
  name: "squareCb",
  defaults: { gamma: 10, sharpness: 4 },
  ranges: { gamma: [0, 1e12], sharpness: [0, 1e6] },
  takesFloor: true,
  law: lawOf,
};

function lawOf(scores: Scores, parameters: Parameters): SlotLaw {
  const { score } = scores;
  const gamma = gammaOf(scores, parameters);
  return {
    weigh(taken, left, out) {
      let best = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < score.length; i++) if (taken[i] === 0 && score[i] > best) best = score[i];
      let rest = 1;
      let ties = 0;
      for (let i = 0; i < score.length; i++) {
        const isOther = taken[i] === 0 && score[i] !== best;
        out[i] = isOther ? 1 / (left + gamma * (best - score[i])) : 0;
        rest -= out[i];
        if (taken[i] === 0 && score[i] === best) ties++;
      }
      for (let i = 0; i < score.length; i++) if (taken[i] === 0 && score[i] === best) out[i] = rest / ties;
      return 1;
    },
  };
}

function gammaOf({ score, uncertainty }: Scores, { gamma, sharpness }: Parameters): number {
  let largest = Number.NEGATIVE_INFINITY;
  let width = 0;
  for (let i = 0; i < score.length; i++) {
    if (score[i] > largest || (score[i] === largest && uncertainty[i] > width)) {
      largest = score[i];
      width = uncertainty[i];
    }
  }
  return width > 0 ? Math.max(gamma, (sharpness * score.length) / width) : gamma;
}
