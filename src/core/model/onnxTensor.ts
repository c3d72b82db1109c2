/** Tensors and value descriptions of an ONNX file, as `onnxReader.ts` accepts them. */
import { BrigandError } from "../errors.ts";
import { readBytes, readFields, readInteger, readIntegers, readText, WireError, type WireField } from "./wire.ts";

export type OnnxType = "float32" | "int64" | "float64";

/** `shape` has numbers for fixed sizes and names for variable ones ("" when unnamed). */
export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly (number | string)[];
}

export interface OnnxTensor {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
  /** Little-endian values, row-major; a view into the file. */
  readonly raw: Uint8Array;
}

const types: ReadonlyMap<number, { readonly type: OnnxType; readonly bytes: number }> = new Map([
  [1, { type: "float32", bytes: 4 }],
  [7, { type: "int64", bytes: 8 }],
  [11, { type: "float64", bytes: 8 }],
]);
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
/** dims, data_type, name, raw_data, doc_string: all else is another way to hold values, which Brigand does not write. */
const PLAIN = new Set([1, 2, 8, 9, 12, DATA_LOCATION]);

/** TensorProto. @throws CB_MODEL_EXTERNAL_DATA, CB_MODEL_NOT_FINITE, WireError */
export function readTensor(fields: readonly WireField[]): OnnxTensor {
  const name = textOf(fields, 8);
  const external = fields.some(
    (field) => field.number === EXTERNAL_DATA || (field.number === DATA_LOCATION && readInteger(field) !== 0),
  );
  if (external) throw new BrigandError("CB_MODEL_EXTERNAL_DATA", { came: name });
  const other = fields.find(({ number }) => !PLAIN.has(number));
  if (other !== undefined) throw new WireError(`the values of ${name} must be in raw_data, field ${other.number} came`);
  const element = elementOf(fields, 2, name);
  const shape = readIntegers(fields.filter(({ number }) => number === 1));
  const raw = fields.filter(({ number }) => number === 9).map(readBytes);
  const expected = shape.reduce((product, size) => product * size, element.bytes);
  if (raw.length !== 1 || raw[0].length !== expected)
    throw new WireError(`${name} of shape [${shape}] must have ${expected} bytes, ${raw[0]?.length ?? 0} came`);
  const tensor: OnnxTensor = { name, type: element.type, shape, raw: raw[0] };
  if (element.type !== "int64" && !tensorValues(tensor).every(Number.isFinite))
    throw new BrigandError("CB_MODEL_NOT_FINITE", { came: name });
  return tensor;
}

/** ValueInfoProto of a tensor. @throws WireError */
export function readValueInfo(fields: readonly WireField[]): OnnxValue {
  const name = textOf(fields, 1);
  const type = nested(nested(fields, 2, name), 1, name);
  const dims = nested(type, 2, name).filter(({ number }) => number === 1);
  const shape = dims.map((dim) => {
    const [size] = readFields(readBytes(dim));
    if (size === undefined) return "";
    return size.number === 1 ? readInteger(size) : readText(size);
  });
  return { name, type: elementOf(type, 1, name).type, shape };
}

/** The values of a float tensor; a copy. Cost: linear. @throws WireError for integers. */
export function tensorValues({ name, type, raw }: OnnxTensor): Float64Array {
  if (type === "int64") throw new WireError(`${name} has integers`);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const size = type === "float32" ? 4 : 8;
  const values = new Float64Array(raw.byteLength / size);
  for (let i = 0; i < values.length; i++)
    values[i] = size === 4 ? view.getFloat32(i * 4, true) : view.getFloat64(i * 8, true);
  return values;
}

function elementOf(
  fields: readonly WireField[],
  number: number,
  name: string,
): { readonly type: OnnxType; readonly bytes: number } {
  const found = fields.filter((field) => field.number === number);
  const element = found.length === 1 ? types.get(readInteger(found[0])) : undefined;
  if (element === undefined) throw new WireError(`${name} must hold float32, float64 or int64`);
  return element;
}

function nested(fields: readonly WireField[], number: number, name: string): WireField[] {
  const found = fields.filter((field) => field.number === number);
  if (found.length !== 1) throw new WireError(`the type of ${name} is incomplete`);
  return readFields(readBytes(found[0]));
}

function textOf(fields: readonly WireField[], number: number): string {
  const field = fields.find((candidate) => candidate.number === number);
  return field === undefined ? "" : readText(field);
}
