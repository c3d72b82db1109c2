/** Estimates with intervals from tallies. Each says why where it cannot say anything. */
import type { Tally, WeightSums } from "./tally.ts";

export interface Rate {
  /** Lists behind the number. */
  readonly n: number;
  /** Mean reward of a list, with the 95 % interval of one look; absent where it cannot be said. */
  readonly mean?: number;
  readonly low?: number;
  readonly high?: number;
  /** Effective sample size, for weighted estimates. */
  readonly effective?: number;
  /** Why there is no number. */
  readonly refused?: string;
}

/** Two-sided 95 % of the normal law. */
const Z = 1.959963984540054;
/** Fewer lists, or fewer effective ones, than this give no interval. */
export const LISTS_LEAST = 10;
/** A weighted estimate rests on at least so many effective lists. */
export const EFFECTIVE_LEAST = 20;

/** What lists earned: plain mean; the interval takes lists as independent. */
export function servedRate({ lists: n, reward, rewardSquares }: Tally): Rate {
  if (n === 0) return { n, refused: "no list has settled" };
  const mean = reward / n;
  if (n < LISTS_LEAST) return { n, mean };
  const variance = Math.max(0, rewardSquares / n - mean * mean) * (n / (n - 1));
  const half = Z * Math.sqrt(variance / n);
  return { n, mean, low: mean - half, high: mean + half };
}

/** A target's sums under one logging policy, with the mean number of rows of its lists. */
export interface Weighted {
  readonly sums: WeightSums;
  readonly rows: number;
}

/** Logging policies with fewer effective lists than this say nothing. */
const PART_LEAST = 20;
/** The mean weight tends to 1. One far below it has not met its rare large weights yet, and what it says is of others. */
const MEAN_WEIGHT_LEAST = 0.5;

/**
 * What the target would have earned: rows · Σx / Σm, the self-normalised cascade estimate, its standard error by the
 * delta method (squared residuals x − R·m). Variants log by different policies: each is estimated by itself, and they
 * are averaged by effective sample size, which the weights alone decide and no reward does.
 */
export function weightedRate(parts: readonly Weighted[], why: string): Rate {
  let [n, effective, total, mean, variance] = [0, 0, 0, 0, 0];
  for (const { sums, rows } of parts) {
    n += sums.n;
    const own = sums.mm > 0 ? sums.m ** 2 / sums.mm : 0;
    total += own;
    const meanWeight = sums.m / (sums.n * rows);
    if (!(own >= PART_LEAST && meanWeight >= MEAN_WEIGHT_LEAST && meanWeight <= 1 / MEAN_WEIGHT_LEAST)) continue;
    const ratio = sums.x / sums.m;
    const residual = Math.max(0, sums.xx - 2 * ratio * sums.xm + ratio * ratio * sums.mm);
    effective += own;
    mean += own * rows * ratio;
    variance += (own * (rows / sums.m)) ** 2 * residual;
  }
  if (n === 0) return { n, refused: why };
  if (!(effective >= EFFECTIVE_LEAST)) {
    const refused = `too few lists like it in the log: effective sample ${total.toFixed(0)} of ${n}`;
    return { n, effective: total, refused };
  }
  const half = (Z * Math.sqrt(variance)) / effective;
  mean /= effective;
  return { n, effective, mean, low: mean - half, high: mean + half };
}

const NO_SUPPORT = "no list was drawn with a floor above 0";

/** The uniform ranking of the same candidates, from the tallies of the variants. */
export function uniformRate(variants: readonly Tally[]): Rate {
  return weightedRate(
    variants.map((tally) => ({ sums: tally.uniform, rows: rowsOf(tally) })),
    NO_SUPPORT,
  );
}

/** The caller's own order, the whole list. */
export function callerRate(variants: readonly Tally[]): Rate {
  return weightedRate(
    variants.map((tally) => ({ sums: tally.caller, rows: rowsOf(tally) })),
    NO_SUPPORT,
  );
}

/** Reward at position 1 of the caller's first item. */
export function callerFirstRate(variants: readonly Tally[]): Rate {
  return weightedRate(
    variants.map(({ first }) => ({ sums: first, rows: 1 })),
    NO_SUPPORT,
  );
}

/** Mean entropy of a slot as a share of the largest, ln(items left); undefined without slots. */
export function entropyOf({ slots, surprise }: Tally): number | undefined {
  return slots === 0 ? undefined : surprise / slots;
}

export function floorShareOf({ slots, floorHits }: Tally): number | undefined {
  return slots === 0 ? undefined : floorHits / slots;
}

function rowsOf({ drawn, rows }: Tally): number {
  return drawn === 0 ? 0 : rows / drawn;
}
