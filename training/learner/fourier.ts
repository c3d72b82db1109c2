/**
 * Random Fourier features of a request's own columns: cos(z·W + phase) approximates a Gaussian kernel of length scale
 * √inputs (Rahimi and Recht 2007, "Random features for large-scale kernel machines"), each input in a unit of its own.
 * They are a function of the seed and of these units alone, enter sums as round(cos · UNIT), and are never logged.
 */
import { uniformOf } from "../../src/core/math/random.ts";

export interface Fourier {
  /** features × inputs, row-major, the length scale in it. */
  readonly weights: Float64Array;
  /** By feature, in [0, 2π). */
  readonly phase: Float64Array;
}

/** @param units what each input is multiplied by, as `unitsOf` gives it. Cost: two uniforms a weight. */
export function fourierOf(seed: number, { features, units }: { features: number; units: Float64Array }): Fourier {
  const inputs = units.length;
  const uniform = uniformOf(seed.toString(16).padStart(64, "0"));
  const scale = 1 / Math.sqrt(Math.max(1, inputs));
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const weights = Float64Array.from({ length: features * inputs }, (_, k) => normal() * scale * units[k % inputs]);
  return { weights, phase: Float64Array.from({ length: features }, () => 2 * Math.PI * uniform()) };
}

/**
 * What each input is multiplied by before distances are taken: one over its largest size, and all together so that the
 * squares add up to one an input on average. A column that is mostly at one value has a small spread, so that in units
 * of its spread its few other values would be further from everything than any two rows differ otherwise.
 * @param z values by row. Cost: two passes.
 */
export function unitsOf(z: readonly Float64Array[], inputs: number): Float64Array {
  const largest = new Float64Array(inputs);
  const squares = new Float64Array(inputs);
  for (const row of z) {
    for (let j = 0; j < inputs; j++) {
      largest[j] = Math.max(largest[j], Math.abs(row[j]));
      squares[j] += row[j] * row[j];
    }
  }
  const units = largest.map((size) => (size > 0 ? 1 / size : 0));
  const total = units.reduce((sum, unit, j) => sum + unit * unit * squares[j], 0);
  if (!(total > 0)) return units.fill(1);
  const common = Math.sqrt((inputs * z.length) / total);
  return units.map((unit) => unit * common);
}

/** Writes the features of z (inputs values) from `at` on. Cost: features × inputs multiplications, a cosine a feature. */
export function addFourier({ weights, phase }: Fourier, z: Float64Array, out: Float64Array, at: number): void {
  for (let k = 0, w = 0; k < phase.length; k++) {
    let angle = phase[k];
    for (let j = 0; j < z.length; j++, w++) angle += weights[w] * z[j];
    out[at + k] = Math.cos(angle);
  }
}
