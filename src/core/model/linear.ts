/**
 * The linear model with its uncertainty, in float64: what the ONNX graph must agree with, and what
 * the offline evaluation scores with.
 *
 *   phi      = clip((dense − centre) · scale, ±clip)                 n × d
 *   mean     = intercept + phi · weights                             n
 *   variance = sigma2 · ‖(phi − phibar) M‖² + sigma2 / (counts + n0)  n
 *
 * phibar is the mean of phi over the candidates of the same group (columns common to all candidates
 * of a choice must not inflate its uncertainty). The second term is the item's own.
 */

export interface LinearParameters {
  /** d ≥ 0, the number of columns read. */
  readonly columns: number;
  /** d; subtracted from the raw value. */
  readonly centre: Float32Array;
  /** d; multiplies the difference; 0 switches a column off. */
  readonly scale: Float32Array;
  /** Bound of |phi|, > 0. */
  readonly clip: number;
  readonly intercept: number;
  /** d, on phi. */
  readonly weights: Float64Array;
  /** d × d row-major M with M Mᵀ = A⁻¹: relative variance without sigma². */
  readonly factor: Float64Array;
  /** Noise variance, > 0. */
  readonly sigma2: number;
  /** n0 > 0: the prior's weight in an item's own uncertainty, in shown rows. */
  readonly ownCount: number;
}

export interface LinearRows {
  /** n × columns raw values, row-major. */
  readonly dense: Float32Array;
  readonly n: number;
  /** n; how often each candidate's item was shown, ≥ 0. */
  readonly counts: Float32Array;
  /** n; group of each row; absent: all rows are one group. */
  readonly group?: Int32Array;
}

export interface LinearScores {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** Mean and variance of n rows in float64. Cost: n·d² multiplications. */
export function scoreLinear(p: LinearParameters, rows: LinearRows): LinearScores {
  const { n, counts } = rows;
  const d = p.columns;
  const phi = standardise(p, rows);
  const centred = centreByGroup(phi, rows, d);
  const mean = new Float64Array(n);
  const variance = new Float64Array(n);
  const image = new Float64Array(d);
  for (let row = 0; row < n; row++) {
    let sum = p.intercept;
    image.fill(0);
    for (let i = 0; i < d; i++) {
      sum += phi[row * d + i] * p.weights[i];
      const value = centred[row * d + i];
      if (value === 0) continue;
      for (let j = 0; j < d; j++) image[j] += value * p.factor[i * d + j];
    }
    let square = 0;
    for (let j = 0; j < d; j++) square += image[j] * image[j];
    mean[row] = sum;
    variance[row] = p.sigma2 * square + p.sigma2 / (counts[row] + p.ownCount);
  }
  return { mean, variance };
}

/**
 * The parameters as a model file holds them, so that parity is judged on the graph's arithmetic alone:
 * clip and the own term's numbers as float32, M as float32(√sigma2 · M) / √sigma2; weights and intercept stay float64.
 */
export function roundLinear(p: LinearParameters): LinearParameters {
  const sigma2 = Math.fround(p.sigma2);
  const sigma = Math.sqrt(p.sigma2);
  return {
    ...p,
    clip: Math.fround(p.clip),
    factor: p.factor.map((value) => Math.fround(value * sigma) / Math.sqrt(sigma2)),
    sigma2,
    ownCount: Math.fround(p.ownCount),
  };
}

/** n × d values of phi. */
export function standardise(p: LinearParameters, { dense, n }: Pick<LinearRows, "dense" | "n">): Float64Array {
  const d = p.columns;
  const phi = new Float64Array(n * d);
  for (let at = 0; at < n * d; at++) {
    const column = at % d;
    const value = (dense[at] - p.centre[column]) * p.scale[column];
    phi[at] = Math.min(p.clip, Math.max(-p.clip, value));
  }
  return phi;
}

function centreByGroup(phi: Float64Array, { n, group }: LinearRows, d: number): Float64Array {
  const groups = group === undefined ? 1 : group.reduce((most, g) => Math.max(most, g + 1), 1);
  const sums = new Float64Array(groups * d);
  const sizes = new Float64Array(groups);
  for (let row = 0; row < n; row++) {
    const g = group === undefined ? 0 : group[row];
    sizes[g]++;
    for (let i = 0; i < d; i++) sums[g * d + i] += phi[row * d + i];
  }
  const centred = new Float64Array(n * d);
  for (let row = 0; row < n; row++) {
    const g = group === undefined ? 0 : group[row];
    for (let i = 0; i < d; i++) centred[row * d + i] = phi[row * d + i] - sums[g * d + i] / sizes[g];
  }
  return centred;
}
