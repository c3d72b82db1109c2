/** UnsortedSegmentSum for the wasm backend: rows of x added up by segment. Without it, no scatter and no gradient of gather. */
import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import type { Tf } from "./backend.ts";

/** What is used of the wasm backend: tensors and their values in its memory. */
interface WasmMemory {
  makeOutput(shape: number[], type: "float32"): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array | Int32Array;
}

/** Once a process is enough; a kernel that is there already stays. */
export function registerSegmentSum(tf: Tf): void {
  if (tf.getKernel(tf.UnsortedSegmentSum, "wasm") !== undefined) return;
  tf.registerKernel({
    kernelName: tf.UnsortedSegmentSum,
    backendName: "wasm",
    kernelFunc({ inputs, backend, attrs }) {
      const x = inputs.x as Tensor;
      const segmentIds = inputs.segmentIds as Tensor;
      const memory = backend as WasmMemory;
      const out = memory.makeOutput([Number(attrs?.numSegments), ...x.shape.slice(1)], "float32");
      const [from, by, to] = [x, segmentIds, out].map((tensor) => memory.typedArrayFromHeap(tensor));
      addRows(from, by, to);
      return out;
    },
  });
}

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
