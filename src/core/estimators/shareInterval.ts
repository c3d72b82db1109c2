/**
 * An interval for the chance of rewards that are 0 or 1 which holds the truth exactly nine times in ten, however few
 * rewards are 1 or how nearly all. No interval that depends on the counts alone can: of 300 rewards with a chance of
 * .998 more than half the counts are 300, so holding the truth there or not moves the coverage by a half. Stevens (1950,
 * Biometrika 37) breaks such ties by one uniform number.
 */
import { lnGamma } from "../math/gamma.ts";

export interface Share {
  /** Rewards, at least 0. */
  readonly n: number;
  /** Rewards that were 1, in [0, n]. */
  readonly ones: number;
  /** Uniform in [0, 1), drawn independently of the rewards. */
  readonly luck: number;
}

const TAIL = 0.05;
/** Halvings of [0, 1]: to 2⁻⁴⁰. */
const HALVINGS = 40;

/**
 * Chances p for which V(p) = P(X < ones) + luck · P(X = ones) lies in [.05, .95], X binomial (n, p): V is uniform under
 * the true p and falls as p grows. Both limits in [0, 1]; of no rewards all of it. At the ends the interval may be one
 * point. Cost: 80 · √n operations.
 */
export function shareInterval90(share: Share): { low: number; high: number } {
  if (!(share.n > 0)) return { low: 0, high: 1 };
  return { low: chanceAt(share, 1 - TAIL), high: chanceAt(share, TAIL) };
}

/** The p with V(p) = target; 0 or 1 where V stays on one side. */
function chanceAt(share: Share, target: number): number {
  if (share.ones === 0 && share.luck <= target) return 0;
  if (share.ones === share.n && share.luck >= target) return 1;
  let low = 0;
  let high = 1;
  for (let k = 0; k < HALVINGS; k++) {
    const middle = (low + high) / 2;
    if (split(share, middle) > target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** V(p), 0 < p < 1, by the tail that has fewer terms of size. */
function split({ n, ones, luck }: Share, p: number): number {
  const here = Math.exp(
    lnGamma(n + 1) - lnGamma(ones + 1) - lnGamma(n - ones + 1) + ones * Math.log(p) + (n - ones) * Math.log1p(-p),
  );
  const odds = p / (1 - p);
  if (ones <= n * p) {
    let below = 0;
    let term = here;
    for (let x = ones; x > 0 && term > below * Number.EPSILON; x--) {
      term *= x / ((n - x + 1) * odds);
      below += term;
    }
    return below + luck * here;
  }
  let above = 0;
  let term = here;
  for (let x = ones; x < n && term > above * Number.EPSILON; x++) {
    term *= ((n - x) * odds) / (x + 1);
    above += term;
  }
  return 1 - above - (1 - luck) * here;
}
