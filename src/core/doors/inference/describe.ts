/** A model as the Open Inference Protocol and Triton's configuration describe it. */
import type { OnnxValue } from "../../model/onnxTensor.ts";
import { DIMS_VARIABLE, tritonTypes } from "../../model/tritonConfig.ts";
import { datatypes } from "./tensor.ts";

interface Described {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export function modelMetadata({ name, inputs, outputs }: Described, versions: readonly number[]): object {
  const tensors = (values: readonly OnnxValue[]) =>
    values.map((value) => ({ name: value.name, datatype: datatypes[value.type], shape: dimsOf(value) }));
  return {
    name,
    versions: versions.map(String),
    platform: "onnx_onnxv1",
    inputs: tensors(inputs),
    outputs: tensors(outputs),
  };
}

export function modelConfig({ name, inputs, outputs }: Described): object {
  const tensors = (values: readonly OnnxValue[]) =>
    values.map((value) => ({ name: value.name, data_type: tritonTypes[value.type], dims: dimsOf(value) }));
  return {
    name,
    platform: "onnxruntime_onnx",
    backend: "onnxruntime",
    max_batch_size: 0,
    version_policy: { latest: { num_versions: 1 } },
    input: tensors(inputs),
    output: tensors(outputs),
  };
}

function dimsOf({ shape }: OnnxValue): number[] {
  return shape.map((size) => (typeof size === "number" ? size : DIMS_VARIABLE));
}
