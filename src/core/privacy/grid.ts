/**
 * Scores → whole steps of the grid. Public steps are measured from the largest public score, so no reference depends
 * on private data; the private part moves an item by 0 … B steps and no further.
 */
import { float64s } from "../math/slab.ts";
import type { Mechanism } from "./mechanism.ts";

export interface ScorePair {
  /** Model mean on the request as it is; finite, n of them. */
  readonly score: Float32Array;
  /** Model mean with every private column at its population constant; finite, n of them. */
  readonly publicScore: Float32Array;
}

/** Steps of each public score below the largest, cut at `range`. */
export function publicSteps(publicScore: Float32Array, { range, scoreGrid }: Mechanism): Int32Array {
  const top = topStep(publicScore, scoreGrid);
  const steps = new Int32Array(publicScore.length);
  for (let i = 0; i < steps.length; i++) steps[i] = Math.min(range, top - Math.round(publicScore[i] / scoreGrid));
  return steps;
}

/** clip(score − publicScore, ±B/2) + B/2 in steps: 0 … B. B = 0 gives 0. */
export function residualStep(pair: ScorePair, i: number, { residual, scoreGrid }: Mechanism): number {
  const steps = Math.round((pair.score[i] - pair.publicScore[i]) / scoreGrid + residual / 2);
  return Math.min(residual, Math.max(0, steps));
}

/** The weight of each item: T[public step + B − residual step]. Cost: two passes over n. */
export function weightsOf(pair: ScorePair, mechanism: Mechanism): Float64Array {
  const { range, residual, scoreGrid, table } = mechanism;
  const { publicScore } = pair;
  const weights = float64s(publicScore.length);
  const top = topStep(publicScore, scoreGrid);
  for (let i = 0; i < weights.length; i++) {
    const step = Math.min(range, top - Math.round(publicScore[i] / scoreGrid));
    weights[i] = table[step + residual - residualStep(pair, i, mechanism)];
  }
  return weights;
}

function topStep(publicScore: Float32Array, scoreGrid: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < publicScore.length; i++) if (publicScore[i] > largest) largest = publicScore[i];
  return Math.round(largest / scoreGrid);
}
