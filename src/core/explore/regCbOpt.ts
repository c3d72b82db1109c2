/**
 * RegCB, the optimistic variant (Foster, Agarwal, Dudík, Luo and Schapire 2018, "Practical contextual bandits with
 * regression oracles", algorithm 1): each item is worth the most that any model in the confidence set would give it,
 * and the slot is uniform over the optimistic set, the items left that nobody left beats.
 *
 *   upperᵢ = min(scoreᵢ + radius · sᵢ, rewardMax)        radius = √(mellowness · ln n), n eligible items
 *
 * For a linear model with posterior N(ŵ, σ²A⁻¹) that is the exact maximum over {w: ‖w − ŵ‖²_A ≤ σ² · radius²}. Unlike
 * `ucb`, the radius follows the number of items. Below a `rewardMax` that no reward exceeds (1 for clicks), all items
 * that may be as good as that are equal; 1e12 is no limit. Support for off-policy estimates comes from the floor alone.
 *
 * Precondition: scores and s finite, s ≥ 0.
 */
import { float64s } from "../math/slab.ts";
import { addBest, fillLeft } from "./best.ts";
import type { Explorer } from "./explorer.ts";

export const regCbOpt: Explorer = {
  name: "regCbOpt",
  defaults: { mellowness: 0.1, rewardMax: 1e12 },
  ranges: { mellowness: [0, 1000], rewardMax: [-1e12, 1e12] },
  takesFloor: true,
  law({ score, uncertainty }, { mellowness, rewardMax }) {
    const radius = Math.sqrt(mellowness * Math.log(score.length));
    const upper = float64s(score.length);
    for (let i = 0; i < upper.length; i++) upper[i] = Math.min(score[i] + radius * uncertainty[i], rewardMax);
    return {
      weigh(taken, _left, out) {
        fillLeft(taken, upper.length, 0, out);
        addBest(upper, taken, 1, out);
        return 1;
      },
    };
  },
};
