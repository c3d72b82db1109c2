/** TensorFlow.js on one backend: what the trainer computes with. */

/** The operations of tfjs-core; both backends come with their own copy. */
export type Tf = typeof import("@tensorflow/tfjs-core");

export interface Backend {
  readonly name: "wasm" | "native";
  readonly tf: Tf;
}
