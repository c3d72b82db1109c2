/**
 * A mean per observation over units that make any number of observations each: Σ sum / Σ n, with the standard error of
 * the delta method over units (Deng, Knoblich and Lu 2018, arXiv 1803.06336). Units are independent of each other, the
 * observations of a unit need not be. With one observation a unit it is the plain mean.
 *
 * A pure fold; what was added can be taken out, so a unit that grew is replaced. Sums of squares lose the digits that
 * mean and spread do not share: spreads below 10⁻⁷ of the mean are noise.
 */
import type { Estimate } from "./sequence.ts";

/** What a unit has so far. */
export interface Unit {
  readonly n: number;
  readonly sum: number;
}

export interface Ratio {
  readonly units: number;
  readonly n: number;
  readonly sum: number;
  /** Σ n², Σ n·sum, Σ sum² over the units. */
  readonly nn: number;
  readonly ns: number;
  readonly ss: number;
}

export const emptyRatio: Ratio = { units: 0, n: 0, sum: 0, nn: 0, ns: 0, ss: 0 };

/** @param times how many such units; −1 takes one out. */
export function addUnit(ratio: Ratio, { n, sum }: Unit, times = 1): Ratio {
  return {
    units: ratio.units + times,
    n: ratio.n + times * n,
    sum: ratio.sum + times * sum,
    nn: ratio.nn + times * n * n,
    ns: ratio.ns + times * n * sum,
    ss: ratio.ss + times * sum * sum,
  };
}

export function mergeRatios(a: Ratio, b: Ratio): Ratio {
  return scaledRatio(a, 1, b);
}

/** `a` as if it held `factor` times as many such units, and `b`. */
export function scaledRatio(a: Ratio, factor: number, b: Ratio = emptyRatio): Ratio {
  return {
    units: a.units * factor + b.units,
    n: a.n * factor + b.n,
    sum: a.sum * factor + b.sum,
    nn: a.nn * factor + b.nn,
    ns: a.ns * factor + b.ns,
    ss: a.ss * factor + b.ss,
  };
}

/** The ratio, its standard error and n; NaN for both where there are fewer than two units. */
export function ratioEstimate({ units, n, sum, nn, ns, ss }: Ratio): Estimate {
  if (!(units >= 2 && n > 0)) return { value: Number.NaN, se: Number.NaN, n };
  const value = sum / n;
  const spread = Math.max(0, ss - 2 * value * ns + value * value * nn);
  return { value, se: Math.sqrt((spread * units) / (units - 1)) / n, n };
}
