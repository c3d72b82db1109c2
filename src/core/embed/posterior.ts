/**
 * What a user's history says about them: y ~ σ(b + z·v), z ~ N(0, I), with the logistic likelihood replaced by its
 * quadratic lower bound (Jaakkola and Jordan 2000, "Bayesian parameter estimation via variational methods", eq. 8–12),
 * so that the posterior of z is a Gaussian in closed form. Float64, plain loops: the same bits in every process.
 */
import { factorise, invertFactor } from "../math/cholesky.ts";

/** n observations of one user, row by row; one row is [b, v₁ … v_d]. */
export interface Evidence {
  readonly dimension: number;
  n: number;
  /** n × (d + 1). */
  readonly vectors: Float64Array;
  /** n answers in [0, 1]. */
  readonly answers: Float64Array;
  /** n curvatures 2λ(ξ) in (0, ¼], as of the posterior before. */
  readonly curvatures: Float64Array;
}

/** N(mean, covariance) over z; covariance is d × d, both triangles. */
export interface Gaussian {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
}

/** N(0, I): a user of whom nothing is known. */
export function standardNormal(dimension: number): Gaussian {
  const covariance = new Float64Array(dimension * dimension);
  for (let i = 0; i < dimension; i++) covariance[i * dimension + i] = 1;
  return { mean: new Float64Array(dimension), covariance };
}

export function emptyEvidence(dimension: number, capacity: number): Evidence {
  return {
    dimension,
    n: 0,
    vectors: new Float64Array(capacity * (dimension + 1)),
    answers: new Float64Array(capacity),
    curvatures: new Float64Array(capacity),
  };
}

/** Rounds between curvatures and posterior: z·v of as long a history as is kept is within .03 of the fixed point. */
export const ROUNDS = 2;

/**
 * The posterior after `rounds` fixed-point rounds from the prior. No observation: N(0, I).
 * Cost: (2 · rounds − 1) · n d² / 2 and rounds · d³; about 90 µs for 96 rows at d = 16. Writes the evidence's curvatures.
 */
export function posteriorOf(evidence: Evidence, rounds: number = ROUNDS): Gaussian {
  const gaussian = standardNormal(evidence.dimension);
  if (evidence.n === 0) return gaussian;
  for (let round = 0; round < rounds; round++) {
    if (round === 0) bendFromPrior(evidence);
    else bend(evidence, gaussian);
    condition(evidence, gaussian);
  }
  return gaussian;
}

/** `bend` under N(0, I), where E(b + z·v)² is b² + |v|². */
function bendFromPrior({ dimension, n, vectors, curvatures }: Evidence): void {
  for (let k = 0, at = 0; k < n; k++, at += dimension + 1) {
    let square = 0;
    for (let i = 0; i <= dimension; i++) square += vectors[at + i] * vectors[at + i];
    curvatures[k] = curvature(Math.sqrt(square));
  }
}

/** Curvatures that make the bound touch at ξ² = E(b + z·v)² under the Gaussian. */
export function bend(evidence: Evidence, { mean, covariance }: Gaussian): void {
  const { dimension: d, n, vectors, curvatures } = evidence;
  for (let k = 0, at = 0; k < n; k++, at += d + 1) {
    let expected = vectors[at];
    let spread = 0;
    for (let i = 0; i < d; i++) {
      const vi = vectors[at + 1 + i];
      expected += vi * mean[i];
      let off = 0;
      for (let j = 0; j < i; j++) off += covariance[i * d + j] * vectors[at + 1 + j];
      spread += vi * (2 * off + vi * covariance[i * d + i]);
    }
    curvatures[k] = curvature(Math.sqrt(expected * expected + Math.max(0, spread)));
  }
}

/** Writes the Gaussian of z under the bound with the evidence's curvatures: precision I + Σ c v vᵀ. */
export function condition(evidence: Evidence, { mean, covariance }: Gaussian): void {
  const { dimension: d, n, vectors, answers, curvatures } = evidence;
  const precision = new Float64Array(d * d);
  const right = new Float64Array(d);
  for (let i = 0; i < d; i++) precision[i * d + i] = 1;
  for (let k = 0, at = 1; k < n; k++, at += d + 1) {
    const c = curvatures[k];
    const pull = answers[k] - 0.5 - c * vectors[at - 1];
    for (let i = 0; i < d; i++) {
      const vi = vectors[at + i];
      right[i] += pull * vi;
      const cvi = c * vi;
      for (let j = 0, row = i * d; j <= i; j++) precision[row + j] += cvi * vectors[at + j];
    }
  }
  factorise(precision, d);
  const inverse = invertFactor(precision, d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < d; k++) sum += inverse[k * d + i] * inverse[k * d + j];
      covariance[i * d + j] = sum;
      covariance[j * d + i] = sum;
    }
  }
  for (let i = 0; i < d; i++) {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += covariance[i * d + j] * right[j];
    mean[i] = sum;
  }
}

/** 2λ(ξ) = tanh(ξ/2) / 2ξ for ξ ≥ 0; ¼ at 0. */
export function curvature(xi: number): number {
  return xi < 1e-4 ? 0.25 : Math.tanh(xi / 2) / (2 * xi);
}

/** vᵀ C v. @param at place of v in `vectors`. */
export function varianceAlong({ covariance, mean }: Gaussian, vectors: Float64Array, at: number): number {
  const d = mean.length;
  let sum = 0;
  for (let i = 0; i < d; i++) {
    const vi = vectors[at + i];
    let off = 0;
    for (let j = 0; j < i; j++) off += covariance[i * d + j] * vectors[at + j];
    sum += vi * (2 * off + vi * covariance[i * d + i]);
  }
  return Math.max(0, sum);
}
