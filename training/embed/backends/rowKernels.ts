/**
 * A kernel of the wasm backend: a sparse matrix times a dense one in one pass. The backend lacks UnsortedSegmentSum, and
 * gather, product and sum by themselves write and read 110,000 rows of 17 numbers three times where this reads them once.
 */
import type { KernelFunc, Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import type { Tf } from "./backend.ts";

/**
 * Inputs x (float32, rows × width), weight (float32, entries), from and to (int32, entries); attribute rows. Row to[e]
 * of the result (rows × width) is the sum of weight[e] times row from[e] of x.
 */
export const WEIGHTED_ROWS = "WeightedRows";

/** What is used of the wasm backend: tensors and their values in its memory. */
interface WasmMemory {
  makeOutput(shape: number[], type: "float32"): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array | Int32Array;
}

/** Once a process; again changes nothing. */
export function registerRowKernels(tf: Tf): void {
  if (tf.getKernel(WEIGHTED_ROWS, "wasm") !== undefined) return;
  tf.registerKernel({ kernelName: WEIGHTED_ROWS, backendName: "wasm", kernelFunc: weightedRows });
}

const weightedRows: KernelFunc = ({ inputs, backend, attrs }) => {
  const given = [inputs.x, inputs.weight, inputs.from, inputs.to] as Tensor[];
  const memory = backend as WasmMemory;
  const [rows, width] = given[0].shape;
  const out = memory.makeOutput([Number(attrs?.rows), width], "float32");
  const [values, weight, from, to, sums] = [...given, out].map((tensor) => memory.typedArrayFromHeap(tensor));
  sums.fill(0);
  for (let e = 0; e < from.length; e++) {
    if (!(from[e] >= 0 && from[e] < rows)) throw new RangeError(`row ${from[e]} of ${rows} was to be read`);
    const w = weight[e];
    for (let k = 0, at = from[e] * width, into = to[e] * width; k < width; k++) sums[into + k] += w * values[at + k];
  }
  return out;
};
