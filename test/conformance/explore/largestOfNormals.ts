/**
 * P(i is the largest) of independent normals by brute force: Boole's rule, 65 points on each of the pieces between
 * mean ± 0, .75, 1.5, 2.25, 3, 4.5, 6, 8 and 10 s of every item, so that no piece is wider than 2 s of an item that
 * matters in it. Error about 1e-12. Nothing is shared with src; the tail of the normal law is the Chebyshev series of
 * Numerical Recipes (3rd ed., 6.2.2), relative error 1.2e-16.
 */
const CUTS = [-10, -8, -6, -4.5, -3, -2.25, -1.5, -0.75, 0, 0.75, 1.5, 2.25, 3, 4.5, 6, 8, 10];
const BOOLE = [14, 32, 12, 32];
const POINTS = 64;

const known = new Map<string, number[]>();

/** @param mean at least one; equal inputs are answered from memory. */
export function largestOfNormals(mean: readonly number[], s: readonly number[]): number[] {
  const key = `${mean.join()};${s.join()}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const pmf = integrate(mean, s);
  known.set(key, pmf);
  return pmf;
}

function integrate(mean: readonly number[], s: readonly number[]): number[] {
  const out = mean.map(() => 0);
  // From where nobody lies wholly above. Positions from there: differences of scores keep their digits.
  const lower = mean.map((m, i) => m - Math.max(...mean) - 8.5 * s[i]);
  const lead = lower.indexOf(Math.max(...lower));
  const offset = mean.map((m) => m - mean[lead] + 8.5 * s[lead]);
  const cuts = [0, ...offset.flatMap((m, i) => CUTS.map((k) => m + k * s[i]))].filter((t) => t >= 0);
  const edges = [...new Set(cuts)].sort((a, b) => a - b);
  for (let piece = 1; piece < edges.length; piece++) {
    const step = (edges[piece] - edges[piece - 1]) / POINTS;
    for (let k = 0; k <= POINTS; k++) {
      const weight = ((k === 0 || k === POINTS ? 7 : BOOLE[k % 4]) * 2 * step) / 45;
      const z = offset.map((m, i) => (edges[piece - 1] + k * step - m) / s[i]);
      const logs = z.map((x) => Math.log(normalBelow(x)));
      const all = logs.reduce((a, b) => a + b, 0);
      if (!(all > -80)) continue;
      z.forEach((x, i) => {
        out[i] += (weight * Math.exp(-0.5 * x * x + all - logs[i])) / (Math.sqrt(2 * Math.PI) * s[i]);
      });
    }
  }
  return out;
}

/** P(Z ≤ z). */
export function normalBelow(z: number): number {
  const tail = 0.5 * tailOf(Math.abs(z) / Math.SQRT2);
  return z < 0 ? tail : 1 - tail;
}

const SERIES = [
  -1.3026537197817094, 0.6419697923564902, 1.9476473204185836e-2, -9.561514786808631e-3, -9.46595344482036e-4,
  3.66839497852761e-4, 4.2523324806907e-5, -2.0278578112534e-5, -1.624290004647e-6, 1.30365583558e-6, 1.5626441722e-8,
  -8.5238095915e-8, 6.529054439e-9, 5.059343495e-9, -9.91364156e-10, -2.27365122e-10, 9.6467911e-11, 2.394038e-12,
  -6.886027e-12, 8.94487e-13, 3.13092e-13, -1.12708e-13, 3.81e-16, 7.106e-15, -1.523e-15, -9.4e-17, 1.21e-16, -2.8e-17,
];

/** erfc(x), x ≥ 0. */
function tailOf(x: number): number {
  const t = 2 / (2 + x);
  const y = 4 * t - 2;
  let d = 0;
  let dd = 0;
  for (let j = SERIES.length - 1; j > 0; j--) {
    [d, dd] = [y * d - dd + SERIES[j], d];
  }
  return t * Math.exp(-x * x + 0.5 * (SERIES[0] + y * d) - dd);
}
