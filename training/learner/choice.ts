/**
 * Which variant of the learner to believe: each predicts every row before it is learned, and the smallest squared
 * error wins. A row is judged when its decision closes, its reward being final, or when `WAITING_ROWS` newer ones
 * wait behind it. Errors fade by half every `FADE_ROWS` judged rows, so that the choice can follow a change.
 */
import { phi, type Scale } from "./scale.ts";
import type { Variant } from "./solve.ts";

export const VARIANTS: readonly Variant[] = [
  { halfLife: Number.POSITIVE_INFINITY, ridge: 10 },
  { halfLife: Number.POSITIVE_INFINITY, ridge: 100 },
  { halfLife: 16_384, ridge: 10 },
  { halfLife: 4_096, ridge: 10 },
];
const FADE_ROWS = 4_096;
export const WAITING_ROWS = 16_384;
/** A challenger must be this much better, relatively, than the variant in use. */
const MARGIN = 1e-4;

/** Weights that predict until the next look, with the scale they were learned on. */
export interface Taken {
  readonly weights: readonly Float64Array[];
  readonly centre: Float32Array;
  readonly scale: Float32Array;
}

/** Predictions of one decision's rows (rows × variants) and the rewards as known so far. */
export interface Waiting {
  readonly predictions: Float32Array;
  /** Absent: the row was not seen after all. */
  readonly rewards: (number | undefined)[];
}

export class Choice {
  readonly variants = VARIANTS;
  best = 0;
  /** Faded sums of squared errors, and of rows. */
  losses = new Float64Array(VARIANTS.length);
  rows = 0;
  taken: Taken | undefined;
  /** By log position of the `learn` operation, oldest first. */
  waiting = new Map<number, Waiting>();
  waitingRows = 0;

  /** Predicts the rows of one decision, before they are learned. */
  predict(position: number, rows: readonly { readonly dense: Float32Array; readonly reward: number }[]): void {
    const { taken } = this;
    if (taken === undefined) return;
    const v = this.variants.length;
    const predictions = new Float32Array(rows.length * v);
    for (let i = 0; i < rows.length; i++) {
      const q = standardised(taken, rows[i].dense);
      for (let k = 0; k < v; k++) predictions[i * v + k] = dot(taken.weights[k], q);
    }
    this.waiting.set(position, { predictions, rewards: rows.map(({ reward }) => reward) });
    this.waitingRows += rows.length;
    for (const oldest of this.waiting.keys()) {
      if (this.waitingRows <= WAITING_ROWS) break;
      this.close(oldest);
    }
  }

  correct(position: number, row: number, reward: number): void {
    const waiting = this.waiting.get(position);
    if (waiting?.rewards[row] !== undefined) waiting.rewards[row] = reward;
  }

  /** The row was not seen and is not judged. */
  drop(position: number, row: number): void {
    const waiting = this.waiting.get(position);
    if (waiting !== undefined) waiting.rewards[row] = undefined;
  }

  /** Judges the rows of one decision. */
  close(position: number): void {
    const waiting = this.waiting.get(position);
    if (waiting === undefined) return;
    this.waiting.delete(position);
    const { predictions, rewards } = waiting;
    this.waitingRows -= rewards.length;
    const v = this.variants.length;
    const seen = rewards.flatMap((reward, i) => (reward === undefined ? [] : [{ reward, i }]));
    const keep = 0.5 ** (seen.length / FADE_ROWS);
    for (let k = 0; k < v; k++) {
      let loss = 0;
      for (const { reward, i } of seen) loss += (reward - predictions[i * v + k]) ** 2;
      this.losses[k] = this.losses[k] * keep + loss;
    }
    this.rows = this.rows * keep + seen.length;
  }

  /** Looks at the errors so far, then predicts with new weights. */
  take(weights: readonly Float64Array[], scale: Scale): void {
    for (let k = 0; k < this.variants.length; k++) {
      if (this.losses[k] < this.losses[this.best] * (1 - MARGIN)) this.best = k;
    }
    this.taken = { weights, centre: Float32Array.from(scale.centre), scale: Float32Array.from(scale.scale) };
  }

  /** Mean squared progressive error of each variant, for the manifest. */
  evidence(): { halfLifeRows: number | null; ridge: number; loss: number }[] {
    return this.variants.map(({ halfLife, ridge }, k) => ({
      halfLifeRows: Number.isFinite(halfLife) ? halfLife : null,
      ridge,
      loss: this.rows > 0 ? this.losses[k] / this.rows : 0,
    }));
  }
}

/** [1, φ…] of one row; a column that the row does not have yet is at its centre. */
function standardised(taken: Taken, dense: Float32Array): Float64Array {
  const q = new Float64Array(taken.centre.length + 1);
  q[0] = 1;
  const columns = Math.min(dense.length, taken.centre.length);
  for (let j = 0; j < columns; j++) {
    if (taken.scale[j] !== 0) q[j + 1] = phi(dense[j], taken.centre[j], taken.scale[j]);
  }
  return q;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
