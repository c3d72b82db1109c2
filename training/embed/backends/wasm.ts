/**
 * TensorFlow.js on WebAssembly, with the kernel that the trainer needs and the backend lacks.
 * Loaded where it is used and nowhere else: 40 MB of code that a server never needs.
 */
import type { Backend } from "./backend.ts";

export async function wasmBackend(): Promise<Backend> {
  const [tf, wasm] = await Promise.all([import("@tensorflow/tfjs-core"), import("@tensorflow/tfjs-backend-wasm")]);
  const { registerRowKernels } = await import("./rowKernels.ts");
  registerRowKernels(tf);
  wasm.setThreadsCount(1);
  await tf.setBackend("wasm");
  await tf.ready();
  return { name: "wasm", tf };
}
