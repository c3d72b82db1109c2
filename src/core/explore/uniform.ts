/** Every item left is equally likely, whatever the scores: the reference policy and the widest support. */
import { fillLeft } from "./best.ts";
import type { Explorer } from "./explorer.ts";

export const uniform: Explorer = {
  name: "uniform",
  defaults: {},
  ranges: {},
  takesFloor: true,
  law({ score }) {
    return {
      weigh(taken, left, out) {
        fillLeft(taken, score.length, 1, out);
        return left;
      },
    };
  },
};
