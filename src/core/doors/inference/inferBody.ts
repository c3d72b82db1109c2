/** The body of infer: JSON, and behind it the binary data of the inputs that have some, in their order. */
import { checkId, isObject, type JsonObject, kindOf } from "../../decide/check.ts";
import { BrigandError } from "../../errors.ts";
import type { OnnxValue } from "../../model/onnxTensor.ts";
import type { RawTensor } from "../../model/rawTensor.ts";
import { datatypes, isRawType, readShape, tensorInvalid, valuesFromBytes, valuesOf } from "./tensor.ts";

export interface InferRequest {
  readonly id?: string;
  readonly feeds: { readonly [input: string]: RawTensor };
  /** In the order to answer. */
  readonly outputs: readonly AskedOutput[];
}

export interface AskedOutput {
  readonly name: string;
  readonly binary: boolean;
}

interface Signature {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** Parameters of a tensor that ask for what is not here. */
const UNSERVED = ["shared_memory_region", "classification"];

/**
 * @param tail what lies behind the JSON.
 * @throws CB_TENSOR_INVALID, CB_DOOR_UNSUPPORTED, CB_BODY_INVALID
 */
export function readInfer(body: unknown, tail: Uint8Array, model: Signature): InferRequest {
  if (!isObject(body)) throw tensorInvalid("The body", "an object with inputs", kindOf(body));
  const { id, inputs } = body;
  if (id !== undefined) checkId(id, "id");
  if (!Array.isArray(inputs)) throw tensorInvalid("inputs", "an array of tensors", kindOf(inputs));
  const feeds = new Map<string, RawTensor>();
  let from = 0;
  for (const [i, input] of inputs.entries()) {
    const { name, tensor, read } = readInput(input, { path: `inputs[${i}]`, model, tail: tail.subarray(from) });
    if (feeds.has(name)) throw tensorInvalid(`inputs[${i}].name`, "different from those before it", "the same again");
    feeds.set(name, tensor);
    from += read;
  }
  if (from !== tail.byteLength)
    throw tensorInvalid("The binary data", `${from} bytes, as the inputs say`, String(tail.byteLength));
  const missing = model.inputs.find(({ name }) => !feeds.has(name));
  if (missing !== undefined)
    throw tensorInvalid("inputs", `complete: ${told(model.inputs)}`, `none named ${missing.name}`);
  checkSizes(feeds, model);
  return { id, feeds: Object.fromEntries(feeds), outputs: readOutputs(body, model) };
}

function readInput(
  input: unknown,
  { path, model, tail }: { path: string; model: Signature; tail: Uint8Array },
): { readonly name: string; readonly tensor: RawTensor; readonly read: number } {
  if (!isObject(input)) throw tensorInvalid(path, "an object with name, shape, datatype and data", kindOf(input));
  const value = model.inputs.find(({ name }) => name === input.name);
  if (value === undefined) throw tensorInvalid(`${path}.name`, `one of ${told(model.inputs)}`, nameOf(input.name));
  const { name, type } = value;
  if (!isRawType(type) || input.datatype !== datatypes[type])
    throw tensorInvalid(`${path}.datatype`, datatypes[type], nameOf(input.datatype));
  const { shape, n } = readShape(input.shape, path);
  const size = parametersOf(input, path).binary_data_size;
  if (size === undefined) {
    return { name, tensor: { type, shape, data: valuesOf(input.data, { type, n }, path) }, read: 0 };
  }
  if (typeof size !== "number" || !Number.isInteger(size) || size < 0 || size > tail.byteLength)
    throw tensorInvalid(`${path}.parameters.binary_data_size`, "a number of bytes that came", kindOf(size));
  return {
    name,
    tensor: { type, shape, data: valuesFromBytes(tail.subarray(0, size), { type, n }, path) },
    read: size,
  };
}

function parametersOf({ parameters }: JsonObject, path: string): JsonObject {
  if (parameters === undefined) return {};
  if (!isObject(parameters)) throw tensorInvalid(`${path}.parameters`, "an object", kindOf(parameters));
  const unserved = UNSERVED.find((name) => parameters[name] !== undefined);
  if (unserved !== undefined)
    throw new BrigandError("CB_DOOR_UNSUPPORTED", {
      call: `${unserved} of a tensor`,
      problem: "send and take the data itself",
    });
  return parameters;
}

/** All outputs where none are named. Binary where the tensor, or else the request, says so. */
function readOutputs(body: JsonObject, model: Signature): AskedOutput[] {
  const whole = parametersOf(body, "The body").binary_data_output === true;
  const { outputs } = body;
  if (outputs === undefined || (Array.isArray(outputs) && outputs.length === 0))
    return model.outputs.map(({ name }) => ({ name, binary: whole }));
  if (!Array.isArray(outputs)) throw tensorInvalid("outputs", "an array of objects with name", kindOf(outputs));
  return outputs.map((output: unknown, i) => {
    const path = `outputs[${i}]`;
    if (!isObject(output)) throw tensorInvalid(path, "an object with name", kindOf(output));
    const known = model.outputs.find(({ name }) => name === output.name);
    if (known === undefined) throw tensorInvalid(`${path}.name`, `one of ${told(model.outputs)}`, nameOf(output.name));
    const { binary_data: binary = whole } = parametersOf(output, path);
    return { name: known.name, binary: binary === true };
  });
}

/** Fixed sizes as the model has them, and one size for each name of a variable one. */
function checkSizes(feeds: ReadonlyMap<string, RawTensor>, model: Signature): void {
  const sizes = new Map<string, number>();
  for (const { name, shape } of model.inputs) {
    const came = feeds.get(name)?.shape ?? [];
    const wrong = (expected: string) => tensorInvalid(`The shape of ${name}`, expected, `[${came}]`);
    if (came.length !== shape.length) throw wrong(`of ${shape.length} sizes`);
    for (const [axis, size] of shape.entries()) {
      const expected = typeof size === "number" ? size : sizes.get(size);
      if (expected !== undefined && came[axis] !== expected) throw wrong(`of ${expected} at axis ${axis}`);
      if (typeof size === "string" && size !== "") sizes.set(size, came[axis]);
    }
  }
}

function told(values: readonly OnnxValue[]): string {
  return values.map(({ name }) => name).join(", ");
}

function nameOf(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 64)) : kindOf(value);
}
