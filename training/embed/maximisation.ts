/**
 * The M-step in TensorFlow.js: tower and items' own vectors at once, as the minimum of
 *
 *   Σᵢ ½ BᵢᵀQᵢBᵢ − rᵢᵀBᵢ + ½ Δᵢᵀ Λ Δᵢ + ½ θᵀ K θ,   B = C θ + Δ
 *
 * over θ (inputs × (d + 1)) and Δ (items × (d + 1)); C is the content. It is quadratic, so conjugate gradients with
 * the diagonal as preconditioner go downhill at every step without a rate to choose (Shewchuk 1994, B3).
 */
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Tf } from "./backends/backend.ts";
import { WEIGHTED_ROWS } from "./backends/rowKernels.ts";
import type { Content } from "./content.ts";

/** θ and Δ, or a direction in both. */
interface Pair {
  readonly tower: Tensor2D;
  readonly own: Tensor2D;
}

export interface Parameters {
  /** inputs × (d + 1). */
  readonly tower: Float32Array;
  /** items × (d + 1). */
  readonly own: Float32Array;
}

/** Prior precisions of a bias and of a vector's coordinate. */
export interface Precision {
  readonly own: readonly [bias: number, vector: number];
  readonly tower: readonly [bias: number, vector: number];
}

/** Content as tensors, kept over the steps of one training. */
export interface Operator {
  forward(tower: Tensor2D): Tensor2D;
  transposed(items: Tensor2D): Tensor2D;
  /** Transposed with squared weights: the diagonal of CᵀDC for a diagonal D. */
  squared(items: Tensor2D): Tensor2D;
  dispose(): void;
}

export function contentOperator(tf: Tf, content: Content, items: number): Operator {
  const [item, input] = [content.item, content.input].map((index) => tf.tensor1d(index, "int32"));
  const weight = tf.tensor2d(content.weight, [content.weight.length, 1]);
  const square = tf.square(weight) as Tensor2D;
  const inOne = tf.getKernel(WEIGHTED_ROWS, tf.getBackend()) !== undefined;
  const sum = (x: Tensor2D, by: Tensor2D, [from, to]: readonly [Tensor1D, Tensor1D], rows: number): Tensor2D =>
    inOne
      ? tf.engine().runKernel(WEIGHTED_ROWS, { x, weight: by, from, to }, { rows })
      : tf.tidy(() => tf.unsortedSegmentSum(tf.mul(tf.gather(x, from), by), to, rows) as Tensor2D);
  return {
    forward: (tower) => sum(tower, weight, [input, item], items),
    transposed: (x) => sum(x, weight, [item, input], content.inputs),
    squared: (x) => sum(x, square, [item, input], content.inputs),
    dispose: () => tf.dispose([item, input, weight, square]),
  };
}

export interface Step {
  readonly operator: Operator;
  readonly width: number;
  /** items × width². */
  readonly curvature: Float32Array;
  /** items × width. */
  readonly pull: Float32Array;
  readonly precision: Precision;
  readonly steps: number;
}

/** `start` after `steps` steps of conjugate gradients. Cost a step: items · (d + 1)² plus entries of C · (d + 1), twice. */
export function maximise(tf: Tf, start: Parameters, step: Step): Parameters {
  const { operator, width, steps } = step;
  const items = start.own.length / width;
  const inputs = start.tower.length / width;
  const [tower, own] = tf.tidy(() => {
    const q = tf.tensor3d(step.curvature, [items, width, width]);
    const ownPrecision = rowOf(tf, step.precision.own, width);
    const towerPrecision = tf.mul(freeConstant(tf, inputs), rowOf(tf, step.precision.tower, width)) as Tensor2D;
    const applied = (x: Pair): Pair => {
      const pulled = times(tf, q, tf.add(operator.forward(x.tower), x.own) as Tensor2D);
      return {
        tower: tf.add(operator.transposed(pulled), tf.mul(x.tower, towerPrecision)),
        own: tf.add(pulled, tf.mul(x.own, ownPrecision)),
      };
    };
    const x: Pair = {
      tower: tf.tensor2d(start.tower, [inputs, width]),
      own: tf.tensor2d(start.own, [items, width]),
    };
    const pull = tf.tensor2d(step.pull, [items, width]);
    const diagonal = tf.tensor2d(diagonalOf(step.curvature, width), [items, width]);
    const scale: Pair = {
      tower: tf.add(operator.squared(diagonal), towerPrecision),
      own: tf.add(diagonal, ownPrecision),
    };
    const at = applied(x);
    const rest: Pair = { tower: tf.sub(operator.transposed(pull), at.tower), own: tf.sub(pull, at.own) };
    const solved = descend(tf, { x, rest, scale, applied, steps });
    return [solved.tower, solved.own];
  });
  const result = { tower: tower.dataSync() as Float32Array, own: own.dataSync() as Float32Array };
  tf.dispose([tower, own]);
  return { tower: Float32Array.from(result.tower), own: Float32Array.from(result.own) };
}

interface Descent {
  readonly x: Pair;
  /** Right side less what `x` gives. */
  readonly rest: Pair;
  /** Diagonal of the system. */
  readonly scale: Pair;
  readonly applied: (x: Pair) => Pair;
  readonly steps: number;
}

function descend(tf: Tf, { x: start, rest: first, scale, applied, steps }: Descent): Pair {
  const preconditioned = (r: Pair): Pair => ({ tower: tf.div(r.tower, scale.tower), own: tf.div(r.own, scale.own) });
  const inner = (a: Pair, b: Pair): Tensor => tf.add(tf.sum(tf.mul(a.tower, b.tower)), tf.sum(tf.mul(a.own, b.own)));
  const moved = (a: Pair, by: Tensor, b: Pair): Pair => ({
    tower: tf.add(a.tower, tf.mul(b.tower, by)),
    own: tf.add(a.own, tf.mul(b.own, by)),
  });
  let [x, rest] = [start, first];
  let direction = preconditioned(rest);
  let size = inner(rest, direction);
  for (let k = 0; k < steps; k++) {
    const image = applied(direction);
    const by = tf.div(size, tf.add(inner(direction, image), TINY));
    x = moved(x, by, direction);
    rest = moved(rest, tf.neg(by), image);
    const next = preconditioned(rest);
    const nextSize = inner(rest, next);
    direction = moved(next, tf.div(nextSize, tf.add(size, TINY)), direction);
    size = nextSize;
  }
  return x;
}

/** Keeps 0/0 away once nothing is left to improve. */
const TINY = 1e-30;

function times(tf: Tf, q: Tensor3D, x: Tensor2D): Tensor2D {
  const [items, width] = x.shape;
  return tf.reshape(tf.matMul(q, tf.reshape(x, [items, width, 1])), [items, width]);
}

function rowOf(tf: Tf, [bias, vector]: readonly [number, number], width: number): Tensor2D {
  return tf.tensor2d([bias, ...new Array<number>(width - 1).fill(vector)], [1, width]);
}

/** 1 a row; next to nothing for the constant, the last input. */
function freeConstant(tf: Tf, inputs: number): Tensor2D {
  return tf.tensor2d(
    Float32Array.from({ length: inputs }, (_, row) => (row === inputs - 1 ? 1e-3 : 1)),
    [inputs, 1],
  );
}

function diagonalOf(curvature: Float32Array, width: number): Float32Array {
  return Float32Array.from({ length: curvature.length / width }, (_, k) => curvature[k * width + (k % width)]);
}
