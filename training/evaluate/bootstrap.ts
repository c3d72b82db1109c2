/** Percentile bootstrap of a mean. */
import { uniformOf } from "../../src/core/math/random.ts";

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** 95% interval of the mean over `resamples` draws with replacement; the same seed for values of the same rankings pairs them. */
export function bootstrap(values: ArrayLike<number>, resamples = 2000, seed = "7".padStart(64, "0")): Interval {
  const n = values.length;
  const uniform = uniformOf(seed);
  const means = new Float64Array(resamples);
  for (let b = 0; b < resamples; b++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[Math.floor(uniform() * n)];
    means[b] = sum / n;
  }
  means.sort();
  let total = 0;
  for (let i = 0; i < n; i++) total += values[i];
  return { mean: total / n, low: means[Math.floor(0.025 * resamples)], high: means[Math.ceil(0.975 * resamples) - 1] };
}
