/**
 * Asymptotic confidence sequences: intervals that hold at every look at once, however often one looks (Waudby-Smith,
 * Arbour, Sinha, Kennedy and Ramdas 2021, arXiv 2103.06476, eq. 9). `n` counts observations, `se` is the standard error
 * of the estimate at n, ρ says where the sequence is narrowest.
 */

/** The share of all runs that ever err. */
export const ALPHA = 0.05;
/** Observations at which intervals are narrowest, relative to intervals for one look. Fixed before any look. */
export const TUNED_FOR = 5_000;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Estimate {
  readonly value: number;
  /** Standard error of `value`. */
  readonly se: number;
  /** Observations behind it. */
  readonly n: number;
}

/** ρ of eq. 9 for intervals narrowest at `tunedFor` observations. */
export function rhoOf(alpha: number, tunedFor: number = TUNED_FOR): number {
  const log = -2 * Math.log(alpha);
  return Math.sqrt((log + Math.log(log + 1)) / tunedFor);
}

/** value ± half-width at level 1 − α; infinitely wide where n is 0 or the standard error is no number. */
export function intervalOf({ value, se, n }: Estimate, alpha: number = ALPHA, tunedFor: number = TUNED_FOR): Interval {
  const scaled = n * rhoOf(alpha, tunedFor) ** 2;
  const half = se * Math.sqrt(((2 * (scaled + 1)) / scaled) * Math.log(Math.sqrt(scaled + 1) / alpha));
  if (!(half >= 0) || !(n > 0)) return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  return { low: value - half, high: value + half };
}

/** How many standard errors away from 0 a value must be at n observations for `anytimeP` to be at most `p`. */
export function needed(p: number, n: number): number {
  const scaled = n * rhoOf(ALPHA) ** 2;
  return Math.sqrt(((2 * (scaled + 1)) / scaled) * Math.log(Math.sqrt(scaled + 1) / p));
}

/**
 * The p-value of "the truth is 0" that goes with the intervals: at most `p` with probability `p`, at all looks
 * together. 1 without observations; without spread 1 where the value is 0, else 0.
 */
export function anytimeP({ value, se, n }: Estimate, alpha: number = ALPHA, tunedFor: number = TUNED_FOR): number {
  if (value === 0 || !(n > 0)) return 1;
  const scaled = n * rhoOf(alpha, tunedFor) ** 2;
  const z2 = (value / se) ** 2;
  return Math.min(1, Math.sqrt(scaled + 1) * Math.exp((-z2 * scaled) / (2 * (scaled + 1))));
}
