/**
 * TensorFlow.js on WebAssembly, with the one kernel added that the trainer needs and the backend lacks.
 * Loaded where it is used and nowhere else: 40 MB of code that a server never needs.
 */
import type { Backend } from "./backend.ts";

export async function wasmBackend(): Promise<Backend> {
  const [tf, wasm] = await Promise.all([import("@tensorflow/tfjs-core"), import("@tensorflow/tfjs-backend-wasm")]);
  const { registerSegmentSum } = await import("./segmentSum.ts");
  registerSegmentSum(tf);
  wasm.setThreadsCount(1);
  await tf.setBackend("wasm");
  await tf.ready();
  return { name: "wasm", tf };
}
