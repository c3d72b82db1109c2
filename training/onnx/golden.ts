/** Golden rows for a model: what the float64 reference says, so every load repeats the parity test on a few rows. */
import type { Golden } from "../../src/core/model/manifest.ts";
import { type FamilyParameters, placesOf, scoreFamily } from "../../src/core/model/own.ts";

/**
 * @param rows n × columns raw values and n counts; 1 ≤ n ≤ 1000, about 8 rows of the newest data are enough.
 * Outputs are rounded to float32, as the graph gives them.
 */
export function goldenOf(
  p: FamilyParameters,
  rows: { readonly dense: Float32Array; readonly counts: Float32Array; readonly items?: readonly string[] },
): Golden {
  const n = rows.counts.length;
  const items = p.own === undefined ? undefined : rows.items;
  const { mean, variance } = scoreFamily(p, { ...rows, n, own: p.own && items?.map(placesOf(p.own)) });
  return {
    n,
    columns: p.linear.columns,
    dense: [...rows.dense],
    counts: [...rows.counts],
    ...(items && { items: [...items] }),
    mean: Array.from(mean, Math.fround),
    variance: Array.from(variance, Math.fround),
  };
}
