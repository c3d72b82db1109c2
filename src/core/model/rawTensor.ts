/** Tensors as a model takes and gives them, whatever they mean. */
import type { OnnxType, OnnxValue } from "./onnxTensor.ts";

/** Types that inputs and outputs have; an ONNX file knows more inside. */
export type RawType = Extract<OnnxType, "float32" | "float64" | "int64">;

export interface RawTensor {
  readonly type: RawType;
  readonly shape: readonly number[];
  /** Row-major; of the type's width. */
  readonly data: Float32Array | Float64Array | BigInt64Array;
}

/** A model's own inputs and outputs, past everything that ranking knows of them. */
export interface RawModel {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Synchronous: blocks the thread while it works. @throws CB_TENSOR_INVALID where the model refuses the inputs */
  run(feeds: { readonly [input: string]: RawTensor }): { readonly [output: string]: RawTensor };
}
