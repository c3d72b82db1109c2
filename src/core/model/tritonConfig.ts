/** config.pbtxt: what Triton and KServe read of a model beside its versions, in protobuf's text form. */
import { quoted } from "../codec/quoted.ts";
import type { OnnxType } from "./onnxTensor.ts";

export const TRITON_CONFIG_FILE = "config.pbtxt";
export const DIMS_VARIABLE = -1;
export const tritonTypes: { readonly [type: string]: string } = {
  float32: "TYPE_FP32",
  float64: "TYPE_FP64",
  int64: "TYPE_INT64",
  int32: "TYPE_INT32",
  bool: "TYPE_BOOL",
  string: "TYPE_STRING",
} satisfies { readonly [type in OnnxType]: string };

/** Of an ONNX file or as a manifest repeats it. */
interface Value {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/**
 * Inputs and outputs are the newest version's, and only the newest is to be loaded: older ones may have other columns.
 * The first size of each tensor is its own, so Triton must not add one for batches.
 */
export function tritonConfig(
  name: string,
  { inputs, outputs }: { readonly inputs: readonly Value[]; readonly outputs: readonly Value[] },
): string {
  const tensors = (field: string, values: readonly Value[]) =>
    values.map(
      (value) =>
        `${field} {\n  name: ${quoted(value.name)}\n  data_type: ${tritonTypes[value.type]}\n${dims(value)}}\n`,
    );
  return [
    `name: ${quoted(name)}\nplatform: "onnxruntime_onnx"\nbackend: "onnxruntime"\nmax_batch_size: 0\n`,
    "version_policy { latest { num_versions: 1 } }\n",
    ...tensors("input", inputs),
    ...tensors("output", outputs),
  ].join("");
}

function dims({ shape }: Value): string {
  return `  dims: [ ${shape.map((size) => (typeof size === "number" ? size : DIMS_VARIABLE)).join(", ")} ]\n`;
}
