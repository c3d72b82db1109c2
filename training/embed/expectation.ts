/**
 * The E-step: every user's exact posterior under the vectors as they are, and from it what each item has to know: the
 * curvature Qᵢ and pull rᵢ of the quadratic bound ½ BᵀQB − rᵀB in its B = [b, v]. Curvatures of rows are all that is
 * kept between steps.
 */
import { bend, condition, type Evidence, emptyEvidence, standardNormal } from "../../src/core/embed/posterior.ts";
import { type Dataset, PLACES } from "./dataset.ts";

export interface Expected {
  /** items × (d + 1)², full matrices, row-major. */
  readonly curvature: Float32Array;
  /** items × (d + 1). */
  readonly pull: Float32Array;
  /** Mean of z and of z zᵀ over users: the scale that the next step takes out. */
  readonly mean: Float64Array;
  readonly square: Float64Array;
  /** New effect of each place shown, mean 0 over rows. */
  readonly places: Float64Array;
  /** Mean of −log p(answer) at the users' posterior means, in nats a row. */
  readonly loss: number;
}

interface Sums {
  readonly width: number;
  readonly curvature: Float64Array;
  readonly pull: Float64Array;
  readonly mean: Float64Array;
  readonly square: Float64Array;
  readonly placePull: Float64Array;
  readonly placeWeight: Float64Array;
  loss: number;
}

/** Rows of one user taken at once; a user with more goes in parts, each a user. */
const PART_ROWS = 4_096;

/**
 * @param table items × (d + 1). @param curvatures by row; replaced. Cost: rows · 2 d² + users · d³.
 */
export function expectation(
  data: Dataset,
  { table, dimension, places }: { table: Float64Array; dimension: number; places: Float64Array },
  curvatures: Float32Array,
): Expected {
  const width = dimension + 1;
  const sums = emptySums(data.items.length, width);
  const evidence = emptyEvidence(dimension, PART_ROWS);
  const gaussian = standardNormal(dimension);
  let users = 0;
  for (let u = 0; u < data.users; u++) {
    for (let from = data.starts[u]; from < data.starts[u + 1]; from += PART_ROWS) {
      const to = Math.min(data.starts[u + 1], from + PART_ROWS);
      fill(evidence, data, { table, places, curvatures, from, to });
      condition(evidence, gaussian);
      bend(evidence, gaussian);
      for (let k = 0; k < evidence.n; k++) curvatures[from + k] = evidence.curvatures[k];
      condition(evidence, gaussian);
      gather(sums, { data, evidence, gaussian, from, places });
      users++;
    }
  }
  return expected(sums, { rows: data.starts[data.users], users, places });
}

function emptySums(items: number, width: number): Sums {
  const d = width - 1;
  return {
    width,
    curvature: new Float64Array(items * ((width * (width + 1)) / 2)),
    pull: new Float64Array(items * width),
    mean: new Float64Array(d),
    square: new Float64Array(d * d),
    placePull: new Float64Array(PLACES),
    placeWeight: new Float64Array(PLACES),
    loss: 0,
  };
}

interface Part {
  readonly table: Float64Array;
  readonly places: Float64Array;
  readonly curvatures: Float32Array;
  readonly from: number;
  readonly to: number;
}

function fill(evidence: Evidence, data: Dataset, { table, places, curvatures, from, to }: Part): void {
  const width = evidence.dimension + 1;
  evidence.n = to - from;
  for (let k = 0; k < evidence.n; k++) {
    const row = from + k;
    const item = data.item[row] * width;
    for (let j = 0; j < width; j++) evidence.vectors[k * width + j] = table[item + j];
    evidence.vectors[k * width] += places[data.place[row]];
    evidence.answers[k] = data.answer[row];
    evidence.curvatures[k] = curvatures[row];
  }
}

interface Known {
  readonly data: Dataset;
  readonly evidence: Evidence;
  readonly gaussian: ReturnType<typeof standardNormal>;
  readonly from: number;
  readonly places: Float64Array;
}

/** Adds c·E[1, z][1, z]ᵀ and (answer − ½ − c·place)·E[1, z] of each row to its item. */
function gather(sums: Sums, { data, evidence, gaussian, from, places }: Known): void {
  const { width } = sums;
  const { mean, covariance } = gaussian;
  const d = width - 1;
  const moments = new Float64Array((width * (width + 1)) / 2);
  moments[0] = 1;
  for (let i = 0, k = 1; i < d; i++) {
    moments[k++] = mean[i];
    for (let j = 0; j <= i; j++) moments[k++] = covariance[i * d + j] + mean[i] * mean[j];
  }
  for (let i = 0; i < d; i++) {
    sums.mean[i] += mean[i];
    for (let j = 0; j < d; j++) sums.square[i * d + j] += covariance[i * d + j] + mean[i] * mean[j];
  }
  for (let k = 0; k < evidence.n; k++) {
    const row = from + k;
    const place = data.place[row];
    const c = evidence.curvatures[k];
    const at = data.item[row] * moments.length;
    for (let m = 0; m < moments.length; m++) sums.curvature[at + m] += c * moments[m];
    const force = evidence.answers[k] - 0.5 - c * places[place];
    const into = data.item[row] * width;
    sums.pull[into] += force;
    let logit = evidence.vectors[k * width];
    for (let j = 0; j < d; j++) {
      sums.pull[into + 1 + j] += force * mean[j];
      logit += mean[j] * evidence.vectors[k * width + 1 + j];
    }
    sums.loss += Math.log1p(Math.exp(-Math.abs(logit))) + Math.max(0, logit) - evidence.answers[k] * logit;
    sums.placePull[place] += evidence.answers[k] - 0.5 - c * (logit - places[place]);
    sums.placeWeight[place] += c;
  }
}

function expected(
  sums: Sums,
  { rows, users, places }: { rows: number; users: number; places: Float64Array },
): Expected {
  const { width, pull } = sums;
  const size = (width * (width + 1)) / 2;
  const items = pull.length / width;
  const curvature = new Float32Array(items * width * width);
  for (let i = 0; i < items; i++) {
    let k = i * size;
    for (let a = 0; a < width; a++) {
      for (let b = 0; b <= a; b++, k++) {
        curvature[(i * width + a) * width + b] = sums.curvature[k];
        curvature[(i * width + b) * width + a] = sums.curvature[k];
      }
    }
  }
  return {
    curvature,
    pull: Float32Array.from(pull),
    mean: sums.mean.map((sum) => sum / users),
    square: sums.square.map((sum) => sum / users),
    places: centred(
      places.map((_, p) => sums.placePull[p] / (sums.placeWeight[p] + 1)),
      sums.placeWeight,
    ),
    loss: sums.loss / Math.max(1, rows),
  };
}

function centred(values: Float64Array, weights: Float64Array): Float64Array {
  let total = 0;
  let sum = 0;
  for (let p = 0; p < values.length; p++) {
    total += weights[p];
    sum += weights[p] * values[p];
  }
  return values.map((value) => value - sum / total);
}
