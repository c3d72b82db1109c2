/** The gamma function's logarithm and the upper tail of chi-square. */

/** Lanczos' approximation, g = 7, 9 terms (Godfrey 2001): relative error below 10⁻¹⁴ for x > 0. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Γ(x), x > 0. */
export function lnGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  const y = x - 1;
  let sum = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i] / (y + i);
  const t = y + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum);
}

/**
 * P(X > x) of chi-square with `df` degrees of freedom: the regularised incomplete gamma function Q(df/2, x/2), by its
 * series below and its continued fraction above (Numerical Recipes, 6.2), so that small tails keep their digits.
 */
export function chiSquareTail(x: number, df: number): number {
  if (!(x > 0)) return 1;
  const a = df / 2;
  const half = x / 2;
  return half < a + 1 ? 1 - lowerSeries(a, half) : upperFraction(a, half);
}

const STEPS_MAX = 1000;
const PRECISION = 1e-16;
const TINY = 1e-300;

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let k = 1; k < STEPS_MAX && Math.abs(term) > Math.abs(sum) * PRECISION; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return sum * Math.exp(a * Math.log(x) - x - lnGamma(a));
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let h = d;
  for (let k = 1; k < STEPS_MAX; k++) {
    const step = -k * (k - a);
    b += 2;
    d = 1 / nonzero(step * d + b);
    c = nonzero(b + step / c);
    h *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return h * Math.exp(a * Math.log(x) - x - lnGamma(a));
}

function nonzero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
