/** 97.5 % quantiles of Student's t for 1 – 10 degrees of freedom (from tables; the expansion below is too coarse there). */
const SMALL = [12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139];
/** Its limit, the normal quantile. */
const Z = 1.959963984540054;

/** Half-width of a 95 % interval in standard errors. @param df degrees of freedom, an integer ≥ 1. Error below 2e-5 (Fisher–Cornish expansion, Abramowitz and Stegun 26.7.5). */
export function tQuantile975(df: number): number {
  if (df <= SMALL.length) return SMALL[df - 1];
  const g1 = (Z ** 3 + Z) / 4;
  const g2 = (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / 96;
  const g3 = (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / 384;
  const g4 = (79 * Z ** 9 + 776 * Z ** 7 + 1482 * Z ** 5 - 1920 * Z ** 3 - 945 * Z) / 92160;
  return Z + g1 / df + g2 / df ** 2 + g3 / df ** 3 + g4 / df ** 4;
}

export interface Estimate {
  readonly mean: number;
  /** Standard deviation between the values (n − 1); absent for one value. */
  readonly sd?: number;
  /** 95 % t-interval of the mean; absent for one value. */
  readonly low?: number;
  readonly high?: number;
}

/** Mean with its 95 % interval, the values taken as independent and roughly normal. @param values at least one. */
export function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  if (n < 2) return { mean };
  const sd = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1));
  const half = (tQuantile975(n - 1) * sd) / Math.sqrt(n);
  return { mean, sd, low: mean - half, high: mean + half };
}
