/** Tensors of the Open Inference Protocol: datatypes, JSON data flat or nested, and binary data, little-endian. */
import { kindOf } from "../../decide/check.ts";
import { BrigandError } from "../../errors.ts";
import type { OnnxType } from "../../model/onnxTensor.ts";
import type { RawTensor, RawType } from "../../model/rawTensor.ts";

export const datatypes: { readonly [type in OnnxType]: string } = {
  float32: "FP32",
  float64: "FP64",
  int64: "INT64",
  int32: "INT32",
  bool: "BOOL",
  string: "BYTES",
};
const WIDTHS: { readonly [type in RawType]: number } = { float32: 4, float64: 8, int64: 8 };
const SHAPE_MAX = 8;

export function tensorInvalid(path: string, expected: string, came: string): BrigandError {
  return new BrigandError("CB_TENSOR_INVALID", { path, expected, came });
}

/** Number of values of a shape. @throws CB_TENSOR_INVALID */
export function readShape(value: unknown, path: string): { readonly shape: readonly number[]; readonly n: number } {
  if (!Array.isArray(value) || value.length > SHAPE_MAX)
    throw tensorInvalid(`${path}.shape`, `an array of at most ${SHAPE_MAX} sizes`, kindOf(value));
  let n = 1;
  const shape = value.map((size: unknown) => {
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
      throw tensorInvalid(`${path}.shape`, "made of whole numbers of at least 0", kindOf(size));
    n *= size;
    return size;
  });
  if (!Number.isSafeInteger(n)) throw tensorInvalid(`${path}.shape`, "of a size that can be sent", "a larger one");
  return { shape, n };
}

/**
 * Values of JSON, flat or nested in row-major order: only their order counts.
 * @throws CB_TENSOR_INVALID for another number of values, values that are no numbers, and integers beyond 2^53
 */
export function valuesOf(
  data: unknown,
  want: { readonly type: RawType; readonly n: number },
  path: string,
): RawTensor["data"] {
  if (!Array.isArray(data)) throw tensorInvalid(`${path}.data`, "an array", kindOf(data));
  const list: readonly unknown[] = data.some(Array.isArray) ? data.flat(SHAPE_MAX) : data;
  // Before anything is made of that size: a shape may claim more than any body holds.
  if (list.length !== want.n)
    throw tensorInvalid(`${path}.data`, `${want.n} values, as the shape says`, String(list.length));
  const values = emptyValues(want.type, want.n);
  for (let i = 0; i < list.length; i++) put(values, i, list[i], path);
  return values;
}

function put(values: RawTensor["data"], at: number, value: unknown, path: string): void {
  if (typeof value !== "number") throw tensorInvalid(`${path}.data`, "made of numbers", kindOf(value));
  if (!(values instanceof BigInt64Array)) values[at] = value;
  else if (Number.isSafeInteger(value)) values[at] = BigInt(value);
  else throw tensorInvalid(`${path}.data`, "made of whole numbers up to 2^53, or binary data", kindOf(value));
}

/** A copy, because bytes of a body need not lie where a typed array may begin. @throws CB_TENSOR_INVALID */
export function valuesFromBytes(
  bytes: Uint8Array,
  want: { readonly type: RawType; readonly n: number },
  path: string,
): RawTensor["data"] {
  const size = want.n * WIDTHS[want.type];
  if (bytes.byteLength !== size)
    throw tensorInvalid(`${path}.parameters.binary_data_size`, `${size}, as the shape says`, String(bytes.byteLength));
  const values = emptyValues(want.type, want.n);
  new Uint8Array(values.buffer).set(bytes);
  return values;
}

export function isRawType(type: OnnxType): type is RawType {
  return type in WIDTHS;
}

function emptyValues(type: RawType, n: number): RawTensor["data"] {
  if (type === "float32") return new Float32Array(n);
  return type === "float64" ? new Float64Array(n) : new BigInt64Array(n);
}

/** Values as JSON text. @throws CB_TENSOR_INVALID for numbers that JSON has no word for */
export function jsonOfValues({ data }: RawTensor, path: string): string {
  for (const value of data) {
    const told = typeof value === "bigint" ? value >= -SAFE && value <= SAFE : Number.isFinite(value);
    if (!told) throw tensorInvalid(path, "of numbers that JSON has, or asked for as binary data", String(value));
  }
  return `[${data.join(",")}]`;
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

export function bytesOfValues({ data }: RawTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
