/**
 * Random Fourier features of a request's own columns: cos(z·W + phase) approximates a Gaussian kernel of length scale
 * √inputs (Rahimi and Recht 2007, "Random features for large-scale kernel machines"). They are a function of the seed
 * and the number of inputs alone, enter sums as round(cos · UNIT), and are never logged.
 */
import { uniformOf } from "../../src/core/math/random.ts";

export interface Fourier {
  /** features × inputs, row-major, the length scale in it. */
  readonly weights: Float64Array;
  /** By feature, in [0, 2π). */
  readonly phase: Float64Array;
}

/** Cost: two uniforms a weight. */
export function fourierOf(seed: number, { features, inputs }: { features: number; inputs: number }): Fourier {
  const uniform = uniformOf(seed.toString(16).padStart(64, "0"));
  const scale = 1 / Math.sqrt(Math.max(1, inputs));
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const weights = Float64Array.from({ length: features * inputs }, () => normal() * scale);
  return { weights, phase: Float64Array.from({ length: features }, () => 2 * Math.PI * uniform()) };
}

/** Writes the features of z (inputs values) from `at` on. Cost: features × inputs multiplications, a cosine a feature. */
export function addFourier({ weights, phase }: Fourier, z: Float64Array, out: Float64Array, at: number): void {
  for (let k = 0, w = 0; k < phase.length; k++) {
    let angle = phase[k];
    for (let j = 0; j < z.length; j++, w++) angle += weights[w] * z[j];
    out[at + k] = Math.cos(angle);
  }
}
