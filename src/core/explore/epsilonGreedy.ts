/**
 * Slot-wise epsilon-greedy: with probability explorationRate the slot is uniform over the items left, else it is the
 * best score left (ties equally). Not list epsilon-greedy, which flips one coin for the whole list.
 * Precondition: scores finite. The uncertainty is not read.
 */
import { addBest, fillLeft } from "./best.ts";
import type { Explorer } from "./explorer.ts";

export const epsilonGreedy: Explorer = {
  name: "epsilonGreedy",
  defaults: { explorationRate: 0.1 },
  ranges: { explorationRate: [0, 1] },
  takesFloor: true,
  law({ score }, { explorationRate }) {
    return {
      weigh(taken, left, out) {
        fillLeft(taken, score.length, explorationRate / left, out);
        addBest(score, taken, 1 - explorationRate, out);
        return 1;
      },
    };
  },
};
