/**
 * Items' own coefficients on columns of the request, in float64: what the ONNX graph must agree with.
 *
 *   z        = phi of the request's own columns                             n × s
 *   f        = [z, cos(z·W + phase)]                                        n × order
 *   mean     = f · c of the row's item                                      n
 *   variance = sigma2 · ‖f · M of the row's item‖², not centred             n
 *
 * An item with coefficients answers with these; one that may still get them, with their prior (mean 0); any other by
 * the shared model (`linear.ts`). The constant is a feature of weight 0 and phase 0.
 */
import { addCrosses, type CrossLayout, type CrossParameters, crossesOf } from "./crosses.ts";
import { type LinearParameters, type LinearRows, type LinearScores, scoreLinear, standardise } from "./linear.ts";

export interface OwnParameters {
  /** k ids; a row's place is that of its item, k for one met with the prior, k + 1 for one of the shared model. */
  readonly items: readonly string[];
  /** Whether any other item is met with the prior. */
  readonly open: boolean;
  /** s indices of columns. */
  readonly columns: Int32Array;
  /** s × r, row-major. */
  readonly weights: Float64Array;
  /** r. */
  readonly phase: Float64Array;
  /** k × order, order = s + r. */
  readonly coefficients: Float64Array;
  /** (k + 1) × order × order: M with M Mᵀ the covariance without sigma², the prior's last. */
  readonly factors: Float64Array;
  /** Noise variance, > 0. */
  readonly sigma2: number;
}

export interface FamilyParameters {
  readonly linear: LinearParameters;
  readonly own?: OwnParameters;
  /** Instead of `own`. */
  readonly crosses?: CrossParameters & { readonly layout: CrossLayout };
}

/** @param rows with `own`, each row's place as above; absent: all rows are of the shared model. Cost: n · order². */
export function scoreFamily(
  { linear, own, crosses }: FamilyParameters,
  rows: LinearRows & { own?: ArrayLike<number> },
): LinearScores {
  const scores = scoreLinear(linear, rows);
  if (crosses !== undefined)
    addCrosses(crosses, scores, crossesOf(crosses.layout, { ...rows, columns: linear.columns }));
  if (own === undefined || rows.own === undefined) return scores;
  const phi = standardise(linear, rows);
  for (let row = 0; row < rows.n; row++) {
    const place = rows.own[row];
    if (place > own.items.length) continue;
    const f = featuresOf(own, phi.subarray(row * linear.columns, (row + 1) * linear.columns));
    const at = place * f.length;
    let mean = 0;
    if (place < own.items.length) for (let i = 0; i < f.length; i++) mean += f[i] * own.coefficients[at + i];
    scores.mean[row] = mean;
    scores.variance[row] = own.sigma2 * squareOf(own.factors.subarray(at * f.length, (at + f.length) * f.length), f);
  }
  return scores;
}

/** By place of an id in `items`. */
export function placesOf({
  items,
  open,
}: {
  readonly items: readonly string[];
  readonly open: boolean;
}): (id: string) => number {
  const known = new Map(items.map((id, place) => [id, place]));
  const other = items.length + (open ? 0 : 1);
  return (id) => known.get(id) ?? other;
}

function featuresOf({ columns, weights, phase }: OwnParameters, phi: Float64Array): Float64Array {
  const [s, r] = [columns.length, phase.length];
  const f = new Float64Array(s + r);
  for (let i = 0; i < s; i++) f[i] = phi[columns[i]];
  for (let k = 0; k < r; k++) {
    let angle = phase[k];
    for (let i = 0; i < s; i++) angle += f[i] * weights[i * r + k];
    f[s + k] = Math.cos(angle);
  }
  return f;
}

function squareOf(factor: Float64Array, f: Float64Array): number {
  const n = f.length;
  const image = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) image[j] += f[i] * factor[i * n + j];
  return image.reduce((sum, value) => sum + value * value, 0);
}
