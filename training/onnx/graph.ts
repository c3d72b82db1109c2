/**
 * A ModelProto in a few calls: constants, nodes, inputs and outputs, then `modelBytes`.
 * Numbers of fields are those of onnx/onnx.proto. IR 10 and opset 21 are what Brigand writes.
 */
import { bytesField, concat, floatField, textField, varintField } from "./protobuf.ts";

export const IR_VERSION = 10;
export const OPSET = 21;
const PRODUCER = "brigand";
const PRODUCER_VERSION = "1";

/** TensorProto.DataType. */
export const elementTypes = { float32: 1, int32: 6, int64: 7, float64: 11 } as const;
export type ElementType = keyof typeof elementTypes;

/** A dimension: a fixed size, or the name of a variable one. */
export type Dimension = number | string;

export interface ValueSpec {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

export interface NodeSpec {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** AttributeProto: FLOAT, INT or INTS. */
export type Attribute = { readonly float: number } | { readonly int: number } | { readonly ints: readonly number[] };

export interface ConstantSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major; the array's kind gives the element type. */
  readonly data: Float32Array | Float64Array | BigInt64Array;
}

export interface GraphSpec {
  readonly name: string;
  readonly inputs: readonly ValueSpec[];
  readonly outputs: readonly ValueSpec[];
  readonly constants: readonly ConstantSpec[];
  readonly nodes: readonly NodeSpec[];
}

/** The bytes of a model.onnx. A pure function: equal specifications give equal bytes. */
export function modelBytes(graph: GraphSpec): Uint8Array {
  const body = concat([
    ...graph.nodes.map((node) => bytesField(1, nodeProto(node))),
    textField(2, graph.name),
    ...graph.constants.map((constant) => bytesField(5, tensorProto(constant))),
    ...graph.inputs.map((value) => bytesField(11, valueProto(value))),
    ...graph.outputs.map((value) => bytesField(12, valueProto(value))),
  ]);
  return concat([
    varintField(1, IR_VERSION),
    textField(2, PRODUCER),
    textField(3, PRODUCER_VERSION),
    bytesField(7, body),
    bytesField(8, concat([textField(1, ""), varintField(2, OPSET)])),
  ]);
}

function nodeProto(node: NodeSpec): Uint8Array {
  return concat([
    ...node.inputs.map((name) => textField(1, name)),
    ...node.outputs.map((name) => textField(2, name)),
    textField(3, node.outputs[0]),
    textField(4, node.op),
    ...Object.entries(node.attributes ?? {}).map(([name, value]) => bytesField(5, attributeProto(name, value))),
  ]);
}

function attributeProto(name: string, value: Attribute): Uint8Array {
  if ("float" in value) return concat([textField(1, name), floatField(2, value.float), varintField(20, 1)]);
  if ("int" in value) return concat([textField(1, name), varintField(3, value.int), varintField(20, 2)]);
  return concat([textField(1, name), ...value.ints.map((int) => varintField(8, int)), varintField(20, 7)]);
}

function tensorProto({ name, shape, data }: ConstantSpec): Uint8Array {
  const type: ElementType =
    data instanceof Float32Array ? "float32" : data instanceof Float64Array ? "float64" : "int64";
  return concat([
    ...shape.map((size) => varintField(1, size)),
    varintField(2, elementTypes[type]),
    textField(8, name),
    bytesField(9, littleEndian(data)),
  ]);
}

function valueProto({ name, type, shape }: ValueSpec): Uint8Array {
  const dims = shape.map((dim) => bytesField(1, typeof dim === "number" ? varintField(1, dim) : textField(2, dim)));
  const tensorType = concat([varintField(1, elementTypes[type]), bytesField(2, concat(dims))]);
  return concat([textField(1, name), bytesField(2, bytesField(1, tensorType))]);
}

/** raw_data is little-endian whatever the machine; every platform that Node 20 runs Brigand on but s390x is so already. */
function littleEndian(data: ConstantSpec["data"]): Uint8Array {
  const bytes = new Uint8Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) return bytes;
  for (let at = 0; at < bytes.length; at += data.BYTES_PER_ELEMENT)
    bytes.subarray(at, at + data.BYTES_PER_ELEMENT).reverse();
  return bytes;
}
