/**
 * What an ONNX file says about itself, read before ONNX Runtime sees a byte of it. ONNX Runtime would follow external
 * data to files of the working directory; here that, subgraphs, functions, sparse tensors and operators that scoring
 * does not need are refused. Field numbers are those of onnx/onnx.proto.
 */
import { BrigandError } from "../errors.ts";
import { type OnnxTensor, type OnnxValue, readTensor, readValueInfo } from "./onnxTensor.ts";
import { readBytes, readFields, readInteger, readText, WireError, type WireField } from "./wire.ts";

export interface OnnxSummary {
  readonly irVersion: number;
  readonly producer: string;
  /** Version of the default operator set. */
  readonly opset: number;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Operators of the nodes, in order, with repetitions. */
  readonly operators: readonly string[];
  readonly initializers: readonly OnnxTensor[];
}

/** onnxruntime-node 1.30 takes IR ≤ 13 and opset ≤ 26. */
const IR_VERSIONS = { least: 8, most: 13 };
const OPSETS = { least: 13, most: 26 };
const NODES_MAX = 1000;

/** Operators whose cost and memory follow from the sizes of their inputs. */
export const OPERATORS: ReadonlySet<string> = new Set(
  "Abs Add Cast Clip Concat Cos Div Exp Expand Gather Gemm Identity Log MatMul Max Min Mul Neg Pow Reciprocal ReduceMean ReduceSum ReduceSumSquare Relu Reshape Shape Sigmoid Slice Sqrt Squeeze Sub Tanh Transpose Unsqueeze".split(
    " ",
  ),
);

/**
 * Reads and checks a model. Cost: one pass over the bytes, initializers included (their values must be finite).
 * @throws CB_MODEL_TOO_LARGE, CB_MODEL_MALFORMED, CB_MODEL_EXTERNAL_DATA, CB_MODEL_OPERATOR_UNKNOWN, CB_MODEL_NOT_FINITE
 */
export function readOnnx(bytes: Uint8Array, options: { readonly bytesMax: number }): OnnxSummary {
  if (!(bytes.length <= options.bytesMax))
    throw new BrigandError("CB_MODEL_TOO_LARGE", { maximum: options.bytesMax, came: bytes.length });
  try {
    return readModel(readFields(bytes));
  } catch (error) {
    if (error instanceof WireError) throw malformed(error.message);
    throw error;
  }
}

function readModel(fields: readonly WireField[]): OnnxSummary {
  if (fields.some(({ number }) => number === 20 || number === 25))
    throw malformed("it has training information or local functions");
  const irVersion = integerOf(fields, 1);
  if (!(irVersion >= IR_VERSIONS.least && irVersion <= IR_VERSIONS.most))
    throw malformed(`its IR version is ${irVersion}`);
  const graphs = fields.filter(({ number }) => number === 7);
  if (graphs.length !== 1) throw malformed(`it has ${graphs.length} graphs`);
  return {
    irVersion,
    producer: textOf(fields, 2),
    opset: readOpset(fields),
    ...readGraph(readFields(readBytes(graphs[0]))),
  };
}

/** The one operator set must be the default domain's. */
function readOpset(fields: readonly WireField[]): number {
  const imports = fields.filter(({ number }) => number === 8).map((field) => readFields(readBytes(field)));
  for (const entry of imports) {
    const name = textOf(entry, 1);
    if (!isDefaultDomain(name))
      throw new BrigandError("CB_MODEL_OPERATOR_UNKNOWN", { came: `the domain ${name}`, known: known() });
  }
  if (imports.length !== 1) throw malformed(`it imports ${imports.length} operator sets`);
  const opset = integerOf(imports[0], 2);
  if (!(opset >= OPSETS.least && opset <= OPSETS.most)) throw malformed(`its operator set is ${opset}`);
  return opset;
}

function readGraph(
  fields: readonly WireField[],
): Pick<OnnxSummary, "inputs" | "outputs" | "operators" | "initializers"> {
  const all = (number: number) => fields.filter((field) => field.number === number).map(readBytes);
  if (all(15).length > 0) throw malformed("it has sparse initializers");
  const nodes = all(1);
  if (!(nodes.length <= NODES_MAX)) throw malformed(`it has ${nodes.length} nodes, ${NODES_MAX} are allowed`);
  return {
    operators: nodes.map((node) => readNode(readFields(node))),
    initializers: all(5).map((tensor) => readTensor(readFields(tensor))),
    inputs: all(11).map((value) => readValueInfo(readFields(value))),
    outputs: all(12).map((value) => readValueInfo(readFields(value))),
  };
}

function readNode(fields: readonly WireField[]): string {
  const operator = textOf(fields, 4);
  const domain = textOf(fields, 7);
  if (!isDefaultDomain(domain) || !OPERATORS.has(operator)) {
    throw new BrigandError("CB_MODEL_OPERATOR_UNKNOWN", {
      came: isDefaultDomain(domain) ? operator : `${domain}.${operator}`,
      known: known(),
    });
  }
  for (const field of fields) if (field.number === 5) checkAttribute(readFields(readBytes(field)), operator);
  return operator;
}

/** Attributes are numbers and lists of numbers: no tensor (5, 10, 14), graph (6, 11), sparse tensor (22, 23) or type (15). */
function checkAttribute(fields: readonly WireField[], operator: string): void {
  const plain = new Set([1, 2, 3, 4, 7, 8, 9, 13, 20]);
  const other = fields.find(({ number }) => !plain.has(number));
  if (other !== undefined)
    throw malformed(`${operator} has an attribute of a kind that is not read (field ${other.number})`);
}

/** A text given twice counts as both together: a name that is not known. */
function textOf(fields: readonly WireField[], number: number): string {
  return fields
    .filter((field) => field.number === number)
    .map(readText)
    .join("");
}

function isDefaultDomain(domain: string): boolean {
  return domain === "" || domain === "ai.onnx";
}

function integerOf(fields: readonly WireField[], number: number): number {
  const found = fields.filter((field) => field.number === number);
  if (found.length !== 1) throw malformed(`field ${number} must be there once, it is there ${found.length} times`);
  return readInteger(found[0]);
}

function known(): string {
  return [...OPERATORS].join(", ");
}

function malformed(problem: string): BrigandError {
  return new BrigandError("CB_MODEL_MALFORMED", { problem });
}
