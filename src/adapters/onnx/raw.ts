/** A model called with the tensors of somebody else's making. */
import { Tensor } from "onnxruntime-node";
import { BrigandError } from "../../core/errors.ts";
import type { OnnxSummary } from "../../core/model/onnxReader.ts";
import type { RawTensor } from "../../core/model/rawTensor.ts";
import type { Session } from "./runtime.ts";

/** All outputs. @throws CB_TENSOR_INVALID where the graph refuses the inputs, such as indices that name nothing */
export function runRaw(
  session: Session,
  { outputs }: Pick<OnnxSummary, "outputs">,
  feeds: { readonly [input: string]: RawTensor },
): { readonly [output: string]: RawTensor } {
  const names = outputs.map(({ name }) => name);
  const given = Object.entries(feeds).map(([name, tensor]) => [name, tensorOf(tensor)] as const);
  const results = runOrRefuse(() => session.run(Object.fromEntries(given), names));
  return Object.fromEntries(outputs.map(({ name }) => [name, rawOf(results[name])]));
}

function tensorOf({ shape, data }: RawTensor): Tensor {
  const copy = [...shape];
  if (data instanceof BigInt64Array) return new Tensor("int64", data, copy);
  return data instanceof Float64Array ? new Tensor("float64", data, copy) : new Tensor("float32", data, copy);
}

function runOrRefuse<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    const came = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ").slice(0, 200);
    throw new BrigandError("CB_TENSOR_INVALID", { path: "The inputs", expected: "ones that the graph takes", came });
  }
}

function rawOf(value: unknown): RawTensor {
  if (!isTensor(value)) throw new BrigandError("CB_MODEL_LOAD_FAILED", { problem: "an output is no tensor" });
  const { data, dims } = value;
  const shape = [...dims];
  if (data instanceof Float32Array) return { type: "float32", shape, data };
  if (data instanceof Float64Array) return { type: "float64", shape, data };
  if (data instanceof BigInt64Array) return { type: "int64", shape, data };
  throw new BrigandError("CB_MODEL_LOAD_FAILED", { problem: "an output has values of another type than it says" });
}

/** The binding gives tensors of its own making. */
function isTensor(value: unknown): value is Pick<Tensor, "data" | "dims"> {
  return typeof value === "object" && value !== null && "data" in value && "dims" in value;
}
