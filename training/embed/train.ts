/**
 * Item vectors and content tower from rows, by variational EM: y ~ σ(bᵢ + place + z·vᵢ), z ~ N(0, I) for each user,
 * [bᵢ, vᵢ] ~ N(tower(contentᵢ), Λ⁻¹). The E-step is the posterior that serves (core), the M-step TensorFlow.js.
 */
import type { VectorsValue } from "../../src/core/embed/vectors.ts";
import { factorise } from "../../src/core/math/cholesky.ts";
import { uniformOf } from "../../src/core/math/random.ts";
import type { Backend } from "./backends/backend.ts";
import { type Content, contentOf, type Declared } from "./content.ts";
import { type Dataset, datasetOf, PLACES } from "./dataset.ts";
import { expectation } from "./expectation.ts";
import { contentOperator, maximise, type Parameters, type Precision } from "./maximisation.ts";
import type { EmbedRows } from "./rows.ts";

export interface TrainOptions {
  readonly dimension?: number;
  readonly itemsMax?: number;
  /** Steps of EM. */
  readonly steps?: number;
  readonly precision?: Precision;
  readonly onStep?: (done: number, total: number, loss: number) => void;
}

export interface Trained {
  readonly value: Omit<VectorsValue, "version" | "learnedTo" | "rows">;
  /** Mean −log p of a row before each step, in nats. */
  readonly losses: readonly number[];
}

export const DIMENSION = 16;
export const ITEMS_MAX = 20_000;
/** Each training starts anew: going on from earlier vectors costs half as much and .0025 of NDCG@10 on RankLens. */
const STEPS = 12;
/** Steps of conjugate gradients in one M-step. */
const GRADIENT_STEPS = 8;
/** An item's own term and vector stray by .6 and .2 from what its content says. */
export const PRECISION: Precision = { own: [1 / 0.36, 1 / 0.04], tower: [10, 100] };
const SEED = "e3bed".padStart(64, "0");

/** @returns undefined where nothing can be learned: no rows, or all rewards equal. */
export function trainVectors(
  backend: Backend,
  { rows, declared }: { rows: EmbedRows; declared: Declared },
  options: TrainOptions = {},
): Trained | undefined {
  const { dimension = DIMENSION, itemsMax = ITEMS_MAX, precision = PRECISION, steps = STEPS, onStep } = options;
  const data = datasetOf(rows, itemsMax);
  if (data === undefined) return undefined;
  const content = contentOf(data.items, declared);
  const width = dimension + 1;
  let parameters = start(data, content, width);
  let places = new Float64Array(PLACES);
  const curvatures = new Float32Array(data.item.length).fill(0.2);
  const operator = contentOperator(backend.tf, content, data.items.length);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const table = tableOf(parameters, content, width);
    const known = expectation(data, { table, dimension, places }, curvatures);
    places = Float64Array.from(known.places);
    losses.push(known.loss);
    onStep?.(step + 1, steps, known.loss);
    const { curvature, pull } = known;
    parameters = maximise(backend.tf, parameters, {
      operator,
      width,
      curvature,
      pull,
      precision,
      steps: GRADIENT_STEPS,
    });
    parameters = standardised(parameters, known, dimension);
  }
  operator.dispose();
  const values = new Float32Array(parameters.own.length + parameters.tower.length);
  values.set(parameters.own);
  values.set(parameters.tower, parameters.own.length);
  const { fields, tokens, numbers } = content;
  const { items, low, high } = data;
  const loss = losses[losses.length - 1];
  return { value: { dimension, loss, low, high, items, fields, tokens, numbers, values }, losses };
}

/** B = C θ + Δ in Float64. */
export function tableOf({ tower, own }: Parameters, content: Content, width: number): Float64Array {
  const table = Float64Array.from(own);
  for (let e = 0; e < content.item.length; e++) {
    const [into, from, weight] = [content.item[e] * width, content.input[e] * width, content.weight[e]];
    for (let k = 0; k < width; k++) table[into + k] += weight * tower[from + k];
  }
  return table;
}

/** Small seeded vectors; the first coordinate starts as how readily a user answers at all. */
function start(data: Dataset, content: Content, width: number): Parameters {
  const tower = new Float32Array(content.inputs * width);
  const own = new Float32Array(data.items.length * width);
  const uniform = uniformOf(SEED);
  for (let i = 0; i < data.items.length; i++)
    for (let k = 1; k < width; k++) own[i * width + k] = 0.2 * (uniform() + uniform() + uniform() - 1.5);
  const rows = data.starts[data.users];
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += data.answer[row];
  const rate = (sum + 1) / (rows + 2);
  const constant = (content.inputs - 1) * width;
  tower[constant] = Math.log(rate / (1 - rate));
  tower[constant + 1] = 1;
  return { tower, own };
}

/** Turns coordinates so that z has mean 0 and covariance I over users: b + v·m, v L with L Lᵀ = Cov z. */
function standardised(
  parameters: Parameters,
  { mean, square }: { mean: Float64Array; square: Float64Array },
  d: number,
): Parameters {
  const factor = square.map((value, k) => value - mean[Math.floor(k / d)] * mean[k % d]);
  for (let i = 0; i < d; i++) factor[i * d + i] += 1e-6;
  if (!factorise(factor, d)) return parameters;
  return { tower: turned(parameters.tower, mean, factor), own: turned(parameters.own, mean, factor) };
}

function turned(rows: Float32Array, mean: Float64Array, factor: Float64Array): Float32Array {
  const d = mean.length;
  const out = new Float32Array(rows.length);
  for (let at = 0; at < rows.length; at += d + 1) {
    let bias = rows[at];
    for (let i = 0; i < d; i++) bias += rows[at + 1 + i] * mean[i];
    out[at] = bias;
    for (let j = 0; j < d; j++) {
      let sum = 0;
      for (let i = j; i < d; i++) sum += rows[at + 1 + i] * factor[i * d + j];
      out[at + 1 + j] = sum;
    }
  }
  return out;
}
