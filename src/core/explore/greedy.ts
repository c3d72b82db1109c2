/** The best score left, ties equally; off-policy support comes from the floor alone. Precondition: scores finite. */
import { addBest, fillLeft } from "./best.ts";
import type { Explorer } from "./explorer.ts";

export const greedy: Explorer = {
  name: "greedy",
  defaults: {},
  ranges: {},
  takesFloor: true,
  law({ score }) {
    return {
      weigh(taken, _left, out) {
        fillLeft(taken, score.length, 0, out);
        addBest(score, taken, 1, out);
        return 1;
      },
    };
  },
};
