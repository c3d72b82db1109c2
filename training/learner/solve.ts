/** Statistics → posterior. Everything before this is exact; here Float64 begins. */
import type { Position } from "../../src/core/domain.ts";
import { factorise, invertFactor, solve } from "../../src/core/math/cholesky.ts";
import type { Block } from "./blocks.ts";
import { impute, type Moments } from "./impute.ts";
import { UNIT } from "./scale.ts";

/** One setting of the learner that competes with the others on progressive loss. */
export interface Variant {
  /** Rows after which a block weighs half; Infinity forgets nothing. */
  readonly halfLife: number;
  /** Prior precision of each weight in units of the noise: w ~ N(0, σ²/ridge). */
  readonly ridge: number;
}

export interface Posterior {
  /** [intercept, weights…] on φ. */
  readonly weights: Float64Array;
  /** Noise variance, posterior mean under an inverse-gamma prior. */
  readonly sigma2: number;
  /** L⁻¹ of A = L·Lᵀ, order × order; A includes the prior. */
  readonly inverse: Float64Array;
  readonly rows: number;
}

/** Prior of the noise: PRIOR_ROWS rows of variance PRIOR_VARIANCE (in units of 1024 reward steps). */
const PRIOR_ROWS = 4;
const PRIOR_VARIANCE = 0.1;

export interface SolveOptions {
  /** Columns + 1. */
  readonly order: number;
  /** Rows learned so far: ages are counted from it. */
  readonly lastRow: number;
  readonly rewardUnit: number;
  /** Log position of the first item vectors, and the places of the columns that came with them. */
  readonly vectorsFrom?: Position;
  readonly late?: readonly number[];
}

/** Posterior of the weights from weighted blocks. Cost: blocks · order² plus order³. */
export function posterior(blocks: readonly Block[], options: SolveOptions, variant: Variant): Posterior {
  const { order, rewardUnit } = options;
  const places = Int32Array.from({ length: order }, (_, i) => i);
  const { gram: data, moment: b, squares, rows } = summed(blocks, { ...options, places }, [variant.halfLife])[0];
  const a = factored(data, order, variant.ridge);
  const weights = solve(a, order, b);
  const scale2 = (1024 * rewardUnit) ** 2;
  const residual = Math.max(0, squares - 2 * dot(weights, b) + quadratic(data, weights, order));
  const sigma2 = (residual + PRIOR_ROWS * PRIOR_VARIANCE * scale2) / (rows + PRIOR_ROWS);
  return { weights, sigma2, inverse: invertFactor(a, order), rows };
}

/**
 * The weights alone, by variant; those that forget alike share their sums. A column that was off in every row has weight
 * 0 and takes no part, which leaves the others' bits as they are. Cost: of each half-life and each variant.
 */
export function weightsOf(
  blocks: readonly Block[],
  options: SolveOptions,
  variants: readonly Variant[],
): Float64Array[] {
  const places = placesOn(blocks, options);
  const halfLives = [...new Set(variants.map(({ halfLife }) => halfLife))];
  const sums = summed(blocks, { ...options, places }, halfLives);
  return variants.map(({ halfLife, ridge }) => {
    const { gram, moment } = sums[halfLives.indexOf(halfLife)];
    const solved = solve(factored(gram, places.length, ridge), places.length, moment);
    const weights = new Float64Array(options.order);
    for (let a = 0; a < places.length; a++) weights[places[a]] = solved[a];
    return weights;
  });
}

/** The intercept and the columns that some row has a number in; all of them where something may be imputed. */
function placesOn(blocks: readonly Block[], { order, vectorsFrom }: SolveOptions): Int32Array {
  const isOn = (i: number) => blocks.some(({ gram }) => gram[(i * (i + 3)) / 2] !== 0);
  const all = Array.from({ length: order }, (_, i) => i);
  return Int32Array.from(vectorsFrom === undefined ? all.filter((i) => i === 0 || isOn(i)) : all);
}

/** The lower factor of Gram matrix plus prior. */
function factored(gram: Float64Array, order: number, ridge: number): Float64Array {
  const a = Float64Array.from(gram);
  for (let i = 0; i < order; i++) a[i * order + i] += i === 0 ? 1e-3 : ridge;
  factorise(a, order);
  return a;
}

interface Sums extends Moments {
  squares: number;
  rows: number;
}

interface SumOptions extends SolveOptions {
  /** Which of the blocks' places are summed, ascending; all of them where something is imputed. */
  readonly places: Int32Array;
}

/** Of all blocks, by half-life; what rows from before the first vectors lack is imputed from those after. */
function summed(blocks: readonly Block[], options: SumOptions, halfLives: readonly number[]): Sums[] {
  const { places, lastRow, vectorsFrom = 0, late = [] } = options;
  const order = places.length;
  const sums = halfLives.map((halfLife) => ({ halfLife, before: emptySums(order), after: emptySums(order) }));
  for (const block of blocks) {
    for (const { halfLife, before, after } of sums) {
      const weight = block.weight * 2 ** (-(lastRow - block.lastRow) / halfLife);
      if (!(weight < 1e-6)) add(block.from < vectorsFrom ? before : after, block, { weight, ...options });
    }
  }
  return sums.map(({ before, after }) => {
    if (before.rows === 0) return after;
    if (after.rows > 0 && late.length > 0) impute(before, after, { order, late });
    for (let k = 0; k < after.gram.length; k++) after.gram[k] += before.gram[k];
    for (let i = 0; i < order; i++) after.moment[i] += before.moment[i];
    after.squares += before.squares;
    after.rows += before.rows;
    return after;
  });
}

function add(sums: Sums, block: Block, given: SumOptions & { readonly weight: number }): void {
  const { weight, places, rewardUnit } = given;
  const order = places.length;
  sums.rows += weight * block.n;
  sums.squares += weight * block.squares * rewardUnit * rewardUnit;
  const scale = weight / (UNIT * UNIT);
  const { gram, moment } = sums;
  for (let i = 0; i < order; i++) {
    const place = places[i];
    const row = (place * (place + 1)) / 2;
    for (let j = 0; j <= i; j++) gram[i * order + j] += scale * block.gram[row + places[j]];
    moment[i] += (weight / UNIT) * rewardUnit * block.moment[place];
  }
}

function emptySums(order: number): Sums {
  return { gram: new Float64Array(order * order), moment: new Float64Array(order), squares: 0, rows: 0 };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** xᵀ·A·x from the lower triangle. */
function quadratic(a: Float64Array, x: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) sum += 2 * a[i * n + j] * x[i] * x[j];
    sum += a[i * n + i] * x[i] * x[i];
  }
  return sum;
}
