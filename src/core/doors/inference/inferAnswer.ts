/** The answer of infer: JSON, and behind it the binary data of the outputs that were asked for so. */
import { quoted } from "../../codec/quoted.ts";
import type { RawTensor } from "../../model/rawTensor.ts";
import type { InferRequest } from "./inferBody.ts";
import { bytesOfValues, datatypes, jsonOfValues } from "./tensor.ts";

export interface InferAnswer {
  readonly json: string;
  /** In the order of the outputs; empty where all are JSON. */
  readonly binary: readonly Uint8Array[];
}

/** @throws CB_TENSOR_INVALID for numbers that JSON has no word for */
export function inferAnswer(
  { id, outputs }: Pick<InferRequest, "id" | "outputs">,
  given: {
    readonly model: string;
    readonly version: number;
    readonly results: { readonly [output: string]: RawTensor };
  },
): InferAnswer {
  const binary: Uint8Array[] = [];
  const tensors = outputs.map(({ name, binary: asBytes }) => {
    const tensor = given.results[name];
    const head = `{"name":${quoted(name)},"datatype":"${datatypes[tensor.type]}","shape":[${tensor.shape}]`;
    if (!asBytes) return `${head},"data":${jsonOfValues(tensor, `The output ${name}`)}}`;
    const bytes = bytesOfValues(tensor);
    binary.push(bytes);
    return `${head},"parameters":{"binary_data_size":${bytes.byteLength}}}`;
  });
  const named = id === undefined ? "" : `"id":${quoted(id)},`;
  const head = `{"model_name":${quoted(given.model)},"model_version":"${given.version}",${named}`;
  return { json: `${head}"outputs":[${tensors.join(",")}]}`, binary };
}
