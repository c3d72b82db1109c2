/** Two independent estimates compared: b − a, and (b − a) / |a| by the delta method. */
import type { Estimate } from "./sequence.ts";

/** b − a. `n` counts the observations of both. */
export function differenceOf(a: Estimate, b: Estimate): Estimate {
  return { value: b.value - a.value, se: Math.hypot(a.se, b.se), n: a.n + b.n };
}

/** (b − a) / |a|; NaN where a is 0. */
export function relativeDifferenceOf(a: Estimate, b: Estimate): Estimate {
  const value = (b.value - a.value) / Math.abs(a.value);
  const se = Math.hypot(b.se / a.value, (a.se * b.value) / (a.value * a.value));
  return { value, se, n: a.n + b.n };
}
