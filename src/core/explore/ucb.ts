/**
 * Upper confidence bound: the best score + width · s left, ties equally. Its propensities are 0, 1 or 1/ties, so
 * off-policy support comes from the floor alone. Precondition: scores and s finite.
 */
import { float64s } from "../math/slab.ts";
import { addBest, fillLeft } from "./best.ts";
import type { Explorer } from "./explorer.ts";

export const ucb: Explorer = {
  name: "ucb",
  defaults: { width: 0.5 },
  ranges: { width: [0, 1000] },
  takesFloor: true,
  law({ score, uncertainty }, { width }) {
    const utility = float64s(score.length);
    for (let i = 0; i < utility.length; i++) utility[i] = score[i] + width * uncertainty[i];
    return {
      weigh(taken, _left, out) {
        fillLeft(taken, utility.length, 0, out);
        addBest(utility, taken, 1, out);
        return 1;
      },
    };
  },
};
