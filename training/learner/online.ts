/**
 * The posterior of one item's own coefficients, kept up to date row by row (recursive least squares): a cache of what
 * the item's sums say, so that every decision meets every row learned before it. Lengths are in units of φ, rewards
 * as they are.
 */
import { factorise, invertFactor, solve } from "../../src/core/math/cholesky.ts";
import type { Block } from "./blocks.ts";
import { addOuter, inverseOf, multiply, quadratic } from "./packed.ts";
import { UNIT } from "./scale.ts";

export interface Online {
  /** (A + prior)⁻¹, lower triangle. */
  readonly covariance: Float64Array;
  readonly weights: Float64Array;
}

/**
 * Time passes: coefficients drift back to their prior, w ← λ·w and P ← λ²·P + (1 − λ²)·prior, as an Ornstein-Uhlenbeck
 * process does, whose law they keep. @param keep λ, in (0, 1]. Cost: n²/2.
 */
export function driftOnline({ covariance, weights }: Online, precision: Float64Array, keep: number): void {
  const square = keep * keep;
  for (let k = 0; k < covariance.length; k++) covariance[k] *= square;
  for (let i = 0; i < weights.length; i++) {
    weights[i] *= keep;
    covariance[(i * (i + 3)) / 2] += (1 - square) / precision[i];
  }
}

/** @param precision of each coefficient's prior, in units of the noise. */
export function emptyOnline(precision: Float64Array): Online {
  const n = precision.length;
  const covariance = new Float64Array((n * (n + 1)) / 2);
  for (let i = 0; i < n; i++) covariance[(i * (i + 3)) / 2] = 1 / precision[i];
  return { covariance, weights: new Float64Array(n) };
}

/** Mean and variance (in units of the noise) of a row. Cost: n²/2. */
export function predictOnline({ covariance, weights }: Online, f: Float64Array): { mean: number; spread: number } {
  return { mean: dot(weights, f), spread: quadratic(covariance, f) };
}

/** Learns a row (times 1) or takes it back (−1). @returns what the sum of squared errors grows by. Cost: n². */
export function learnOnline(online: Online, row: { f: Float64Array; reward: number }, times: 1 | -1): number {
  const { covariance, weights } = online;
  const { f, reward } = row;
  const v = new Float64Array(f.length);
  multiply(covariance, f, v);
  const gain = times / (1 + times * dot(f, v));
  const error = reward - dot(weights, f);
  addOuter(covariance, v, -gain);
  for (let i = 0; i < v.length; i++) weights[i] += gain * error * v[i];
  return gain * error * error;
}

/** The reward of a learned row moves by `delta`. @returns the growth of the sum of squared errors. Cost: n². */
export function correctOnline(online: Online, row: { f: Float64Array; before: number; after: number }): number {
  const { covariance, weights } = online;
  const { f, before, after } = row;
  const delta = after - before;
  const v = new Float64Array(f.length);
  multiply(covariance, f, v);
  const growth = delta * (before + after) - 2 * delta * dot(weights, f) - delta * delta * dot(f, v);
  for (let i = 0; i < v.length; i++) weights[i] += delta * v[i];
  return growth;
}

/** The same from exact sums: what every number above must agree with. */
export interface Solved {
  readonly weights: Float64Array;
  /** L⁻¹ of A + prior = L·Lᵀ, row-major. */
  readonly inverse: Float64Array;
  /** Penalised sum of squared errors. */
  readonly errors: number;
}

/** @param precision as long as the leading part of the sums that is used. Cost: about n³/2. */
export function solveSums(sums: Block, precision: Float64Array, rewardUnit: number): Solved {
  const n = precision.length;
  const a = new Float64Array(n * n);
  const b = new Float64Array(n);
  for (let i = 0, k = 0; i < n; i++) {
    for (let j = 0; j <= i; j++, k++) a[i * n + j] = sums.gram[k] / (UNIT * UNIT);
    a[i * n + i] += precision[i];
    b[i] = (sums.moment[i] * rewardUnit) / UNIT;
  }
  factorise(a, n);
  const weights = solve(a, n, b);
  const errors = Math.max(0, sums.squares * rewardUnit * rewardUnit - dot(weights, b));
  return { weights, inverse: invertFactor(a, n), errors };
}

export function onlineOf({ weights, inverse }: Solved): Online {
  return { covariance: inverseOf(inverse, weights.length), weights };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
