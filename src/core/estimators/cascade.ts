/**
 * What a list would have been worth under a target, from the list that another policy drew; users look from the top
 * down, so position l depends on the positions above it and on none below:
 *
 *   w₁…ₗ  = Π target pmf / logged propensity, over the first l positions
 *   plain  = Σₗ w₁…ₗ · rₗ                                     RIPS (McInerney et al. 2020, arXiv 2007.12986)
 *   robust = Σₗ w₁…ₗ · (rₗ − q(aₗ)) + w₁…ₗ₋₁ · Σₐ pmfₗ(a) · q(a)   cascade DR (Kiyohara et al. 2022, arXiv 2202.01562)
 *
 * Both have the target's mean reward as their mean where the logged propensities are exact and the log could have shown
 * whatever the target may show, for any q that does not know this list's rewards; a good q takes noise away.
 */

/** A list as it was drawn; arrays by slot. */
export interface LoggedList {
  /** Conditional propensity, in (0, 1]. */
  readonly propensity: ArrayLike<number>;
  readonly reward: ArrayLike<number>;
  /** q of the item shown. */
  readonly foreseen: ArrayLike<number>;
}

/** What a target says of that list, the logged items above each slot being given; arrays by slot. */
export interface TargetList {
  /** Probability of the item shown. */
  readonly probability: ArrayLike<number>;
  /** q over all its items: Σ pmf · q. */
  readonly expected: ArrayLike<number>;
}

export interface ListTerms {
  /** w₁…ₗ by slot, ≥ 0. */
  readonly weights: Float64Array;
  readonly plain: number;
  readonly robust: number;
}

/** Cost: linear in the slots. */
export function listTerms({ probability, expected }: TargetList, list: LoggedList): ListTerms {
  const { propensity, reward, foreseen } = list;
  const weights = new Float64Array(propensity.length);
  let plain = 0;
  let robust = 0;
  let weight = 1;
  for (let slot = 0; slot < weights.length; slot++) {
    robust += weight * expected[slot];
    weight *= probability[slot] / propensity[slot];
    weights[slot] = weight;
    plain += weight * reward[slot];
    robust += weight * (reward[slot] - foreseen[slot]);
  }
  return { weights, plain, robust };
}
