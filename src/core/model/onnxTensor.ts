/** Tensors and value descriptions of an ONNX file, as `onnxReader.ts` accepts them. */
import { BrigandError } from "../errors.ts";
import { readBytes, readFields, readInteger, readIntegers, readText, WireError, type WireField } from "./wire.ts";

export type OnnxType = "float32" | "int64" | "float64" | "int32" | "bool" | "string";

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
  [6, { type: "int32", bytes: 4 }],
  [7, { type: "int64", bytes: 8 }],
  [11, { type: "float64", bytes: 8 }],
]);
/** What foreign models may hold beside: conditions, and texts that name classes. */
const foreignTypes: typeof types = new Map([
  ...types,
  [9, { type: "bool", bytes: 1 }],
  [8, { type: "string", bytes: 0 }],
]);
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
/** dims, data_type, name, raw_data, doc_string: all else is another way to hold values, which Brigand does not write. */
const PLAIN = new Set([1, 2, 8, 9, 12, DATA_LOCATION]);

/** float_data, int32_data, string_data, int64_data and double_data: the other places of values. */
const TYPED = new Set([4, 5, 6, 7, 10]);

/**
 * TensorProto. `foreign`: values may stand in typed fields too; `raw` is empty then.
 * @throws CB_MODEL_EXTERNAL_DATA, CB_MODEL_NOT_FINITE, WireError
 */
export function readTensor(fields: readonly WireField[], foreign = false): OnnxTensor {
  const name = textOf(fields, 8);
  const external = fields.some(
    (field) => field.number === EXTERNAL_DATA || (field.number === DATA_LOCATION && readInteger(field) !== 0),
  );
  if (external) throw new BrigandError("CB_MODEL_EXTERNAL_DATA", { came: name });
  const other = fields.find(({ number }) => !PLAIN.has(number) && !(foreign && TYPED.has(number)));
  if (other !== undefined) throw new WireError(`the values of ${name} must be in raw_data, field ${other.number} came`);
  const element = elementOf(fields, 2, { name, known: foreign ? foreignTypes : types });
  const shape = readIntegers(fields.filter(({ number }) => number === 1));
  const raw = fields.filter(({ number }) => number === 9).map(readBytes);
  const typed = fields.filter(({ number }) => TYPED.has(number));
  if (foreign && raw.length === 0) return typedTensor(typed, { name, type: element.type, shape });
  const expected = shape.reduce((product, size) => product * size, element.bytes);
  if (raw.length !== 1 || typed.length > 0 || raw[0].length !== expected)
    throw new WireError(`${name} of shape [${shape}] must have ${expected} bytes, ${raw[0]?.length ?? 0} came`);
  const tensor: OnnxTensor = { name, type: element.type, shape, raw: raw[0] };
  if (isFloat(tensor) && !tensorValues(tensor).every(Number.isFinite))
    throw new BrigandError("CB_MODEL_NOT_FINITE", { came: name });
  return tensor;
}

/** Values in float_data or double_data must be finite; what the others hold is the runtime's to count. */
function typedTensor(typed: readonly WireField[], told: Omit<OnnxTensor, "raw">): OnnxTensor {
  const expected = told.shape.reduce((product, size) => product * size, 1);
  if (!(expected <= ELEMENTS_MAX)) throw new WireError(`${told.name} of shape [${told.shape}] is too large`);
  let count = 0;
  for (const field of typed) {
    if (field.number !== 4 && field.number !== 10) count += field.number === 6 ? 1 : readIntegers([field]).length;
    else {
      if (field.kind === "varint") throw new WireError(`the values of ${told.name} must be numbers`);
      const size = field.number === 4 ? 4 : 8;
      const values = tensorValues({ ...told, type: size === 4 ? "float32" : "float64", raw: field.bytes });
      if (!values.every(Number.isFinite)) throw new BrigandError("CB_MODEL_NOT_FINITE", { came: told.name });
      count += values.length;
    }
  }
  if (count !== expected) throw new WireError(`${told.name} must have ${expected} values, ${count} came`);
  return { ...told, raw: new Uint8Array(0) };
}

const ELEMENTS_MAX = 2 ** 28;

function isFloat({ type }: Pick<OnnxTensor, "type">): boolean {
  return type === "float32" || type === "float64";
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
  return { name, type: elementOf(type, 1, { name, known: types }).type, shape };
}

/** The values of a float tensor; a copy. Cost: linear. @throws WireError for integers. */
export function tensorValues({ name, type, raw }: OnnxTensor): Float64Array {
  if (!isFloat({ type })) throw new WireError(`${name} has no floating-point numbers`);
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
  { name, known }: { readonly name: string; readonly known: typeof types },
): { readonly type: OnnxType; readonly bytes: number } {
  const found = fields.filter((field) => field.number === number);
  const element = found.length === 1 ? known.get(readInteger(found[0])) : undefined;
  if (element === undefined)
    throw new WireError(`${name} must hold ${[...known.values()].map(({ type }) => type).join(", ")}`);
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
