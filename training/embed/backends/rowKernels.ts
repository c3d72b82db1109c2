/**
 * Two kernels of the wasm backend that work on rows. UnsortedSegmentSum, which the backend lacks, so that there is
 * neither a scatter nor a gradient of gather; and GatherV2 of whole rows, whose own one takes 60 ms for 110,000 rows of
 * 17 numbers, this one 3.
 */
import type { KernelFunc, Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import type { Tf } from "./backend.ts";

/** What is used of the wasm backend: tensors and their values in its memory. */
interface WasmMemory {
  makeOutput(shape: number[], type: "float32"): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array | Int32Array;
}

/** Once a process; again changes nothing. */
export function registerRowKernels(tf: Tf): void {
  if (tf.getKernel(tf.UnsortedSegmentSum, "wasm") !== undefined) return;
  tf.registerKernel({ kernelName: tf.UnsortedSegmentSum, backendName: "wasm", kernelFunc: segmentSum });
  const own = tf.getKernel(tf.GatherV2, "wasm");
  tf.unregisterKernel(tf.GatherV2, "wasm");
  tf.registerKernel({
    kernelName: tf.GatherV2,
    backendName: "wasm",
    kernelFunc: (call) => (isOfRows(call) ? gatherRows(call) : own.kernelFunc(call)),
  });
}

type Call = Parameters<KernelFunc>[0];

const segmentSum: KernelFunc = ({ inputs, backend, attrs }) => {
  const x = inputs.x as Tensor;
  const memory = backend as WasmMemory;
  const out = memory.makeOutput([Number(attrs?.numSegments), ...x.shape.slice(1)], "float32");
  const [from, by, to] = [x, inputs.segmentIds as Tensor, out].map((tensor) => memory.typedArrayFromHeap(tensor));
  addRows(from, by, to);
  return out;
};

/** Segments outside the range are left out, as TensorFlow does. */
function addRows(from: ArrayLike<number>, by: ArrayLike<number>, to: Float32Array | Int32Array): void {
  const width = by.length === 0 ? 0 : from.length / by.length;
  const segments = width === 0 ? 0 : to.length / width;
  to.fill(0);
  for (let row = 0; row < by.length; row++) {
    const segment = by[row];
    if (!(segment >= 0 && segment < segments)) continue;
    for (let k = 0, at = row * width, into = segment * width; k < width; k++) to[into + k] += from[at + k];
  }
}

function isOfRows({ inputs, attrs }: Call): boolean {
  const [x, indices] = [inputs.x as Tensor, inputs.indices as Tensor];
  return x.dtype === "float32" && x.shape.length === 2 && indices.shape.length === 1 && attrs?.axis === 0;
}

function gatherRows({ inputs, backend }: Call): TensorInfo {
  const [x, indices] = [inputs.x as Tensor, inputs.indices as Tensor];
  const [rows, width] = x.shape;
  const memory = backend as WasmMemory;
  const out = memory.makeOutput([indices.shape[0], width], "float32");
  const [from, at, to] = [x, indices, out].map((tensor) => memory.typedArrayFromHeap(tensor));
  for (let row = 0, into = 0; row < at.length; row++) {
    if (!(at[row] >= 0 && at[row] < rows)) throw new RangeError(`row ${at[row]} of ${rows} was to be gathered`);
    for (let k = 0, source = at[row] * width; k < width; k++) to[into++] = from[source + k];
  }
  return out;
}
