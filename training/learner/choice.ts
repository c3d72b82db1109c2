/**
 * Which variant of the learner to believe: each predicts rows it has not seen, the smallest squared error wins.
 * Errors fade by `MEMORY` a look, so that the choice can follow a change.
 */
import { phi, type Scale } from "./scale.ts";
import type { Variant } from "./solve.ts";

export const VARIANTS: readonly Variant[] = [
  { halfLife: Number.POSITIVE_INFINITY, ridge: 10 },
  { halfLife: Number.POSITIVE_INFINITY, ridge: 100 },
  { halfLife: 16_384, ridge: 10 },
  { halfLife: 4_096, ridge: 10 },
];
const MEMORY = 0.9;
/** A challenger must be this much better, relatively, than the variant in use. */
const MARGIN = 1e-4;

interface Taken {
  readonly weights: readonly Float64Array[];
  readonly centre: Float32Array;
  readonly scale: Float32Array;
}

export class Choice {
  readonly variants = VARIANTS;
  best = 0;
  /** Faded sums of squared errors, and of rows. */
  losses = new Float64Array(VARIANTS.length);
  rows = 0;
  taken: Taken | undefined;

  /** Scores the weights last taken on rows that came after. */
  judge(rows: readonly { readonly dense: Float32Array; readonly reward: number }[], _scale: Scale): void {
    if (this.taken === undefined || rows.length === 0) return;
    for (let v = 0; v < this.variants.length; v++) {
      let loss = 0;
      for (const { dense, reward } of rows) loss += (reward - predict(this.taken, v, dense)) ** 2;
      this.losses[v] = this.losses[v] * MEMORY + loss;
    }
    this.rows = this.rows * MEMORY + rows.length;
    for (let v = 0; v < this.variants.length; v++) {
      if (this.losses[v] < this.losses[this.best] * (1 - MARGIN)) this.best = v;
    }
  }

  take(weights: readonly Float64Array[], scale: Scale): void {
    this.taken = { weights, centre: Float32Array.from(scale.centre), scale: Float32Array.from(scale.scale) };
  }

  /** Mean squared progressive error of each variant, for the manifest. */
  evidence(): { variant: Variant; loss: number }[] {
    return this.variants.map((variant, v) => ({ variant, loss: this.rows > 0 ? this.losses[v] / this.rows : 0 }));
  }
}

function predict(taken: Taken, v: number, dense: Float32Array): number {
  const weights = taken.weights[v];
  let sum = weights[0];
  const columns = Math.min(dense.length, taken.centre.length);
  for (let j = 0; j < columns; j++) {
    if (taken.scale[j] !== 0) sum += weights[j + 1] * phi(dense[j], taken.centre[j], taken.scale[j]);
  }
  return sum;
}
