/**
 * Sample ratio at every look at once: the sequential multinomial test with a Dirichlet mixture (Lindon and Malek 2022,
 * arXiv 2011.03567). A fold over units in the order in which they came; its p-value may be watched all the time.
 *
 *   log BF = Σ log predictive (Dirichlet) − Σ log p₀ ;  p = the least 1 / BF so far
 *
 * `mergeable: false`: the least value belongs to one order of units.
 */

/** How strongly the alternative keeps to the weights: shares off by some percent are looked for. */
export const CONCENTRATION = 10_000;

export interface Multinomial {
  /** Null probabilities; entries of probability 0 are not tested. */
  readonly shares: readonly number[];
  /** Parameters of the Dirichlet prior. */
  readonly prior: readonly number[];
  readonly counts: readonly number[];
  readonly n: number;
  readonly logBayesFactor: number;
  /** Least 1 / Bayes factor so far, at most 1. */
  readonly p: number;
}

export function emptyMultinomial(
  shares: readonly number[],
  prior: readonly number[] = shares.map((share) => CONCENTRATION * share),
): Multinomial {
  return { shares, prior, counts: shares.map(() => 0), n: 0, logBayesFactor: 0, p: 1 };
}

/** Standard errors that 95 of 100 normal values exceed, from below. */
export const POWER_Z = 1.645;

/**
 * The least share of one entry's units that may be lost so that the p-value falls to `p` in 95 of 100 runs, by the
 * normal approximation of the Bayes factor; of the entry for which it is largest. Infinity without units.
 */
export function detectableDrop({ shares, prior, n }: Multinomial, p: number): number {
  const concentration = prior.reduce((sum, alpha) => sum + alpha, 0);
  const tested = shares.filter((share) => share > 0);
  const evidence = Math.log(1 / p) + ((tested.length - 1) / 2) * Math.log((concentration + n) / concentration);
  const z = Math.sqrt((2 * evidence * (concentration + n)) / n) + POWER_Z;
  return Math.max(...tested.map((share) => z / Math.sqrt(n * share * (1 - share))));
}

/** One more unit in entry `index`; nothing changes for an entry of probability 0. Cost: O(entries). */
export function addToMultinomial(state: Multinomial, index: number): Multinomial {
  const { shares, prior, counts, n } = state;
  if (!(shares[index] > 0)) return state;
  const total = prior.reduce((sum, alpha) => sum + alpha, 0);
  const predictive = (prior[index] + counts[index]) / (total + n);
  const logBayesFactor = state.logBayesFactor + Math.log(predictive) - Math.log(shares[index]);
  return {
    shares,
    prior,
    counts: counts.map((count, i) => (i === index ? count + 1 : count)),
    n: n + 1,
    logBayesFactor,
    p: Math.min(state.p, Math.exp(-logBayesFactor)),
  };
}
