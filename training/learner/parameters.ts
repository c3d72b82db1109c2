/** Posterior → what a model file holds. */
import { RATE_PRIOR } from "../../src/core/features/state.ts";
import type { LinearParameters } from "../../src/core/model/linear.ts";
import type { Learner } from "./learner.ts";
import { CLIP } from "./scale.ts";

/** Parameters of the learner's current best variant. Cost: one solve, order³. */
export function linearParameters(learner: Learner): LinearParameters {
  const { weights, sigma2, inverse } = learner.value();
  const order = learner.order;
  const columns = order - 1;
  const factor = new Float64Array(columns * columns);
  for (let i = 0; i < columns; i++) {
    for (let j = i; j < columns; j++) factor[i * columns + j] = inverse[(j + 1) * order + i + 1];
  }
  return {
    columns,
    centre: learner.scale.centre,
    scale: learner.scale.scale,
    clip: CLIP,
    intercept: weights[0],
    weights: weights.slice(1),
    factor,
    sigma2,
    ownCount: RATE_PRIOR,
  };
}
