/** Golden rows for a linear model: what the float64 reference says, so every load repeats the parity test on a few rows. */
import { type LinearParameters, scoreLinear } from "../../src/core/model/linear.ts";
import type { Golden } from "../../src/core/model/manifest.ts";

/**
 * @param rows n × columns raw values and n counts; 1 ≤ n ≤ 1000, about 8 rows of the newest data are enough.
 * Outputs are rounded to float32, as the graph gives them.
 */
export function goldenOf(
  p: LinearParameters,
  rows: { readonly dense: Float32Array; readonly counts: Float32Array },
): Golden {
  const n = rows.counts.length;
  const { mean, variance } = scoreLinear(p, { ...rows, n });
  return {
    n,
    columns: p.columns,
    dense: [...rows.dense],
    counts: [...rows.counts],
    mean: Array.from(mean, Math.fround),
    variance: Array.from(variance, Math.fround),
  };
}
