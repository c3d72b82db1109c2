/**
 * What an ONNX file says about itself, read before ONNX Runtime sees a byte of it. ONNX Runtime would follow external
 * data to files of the working directory; here that, subgraphs, functions, sparse tensors and operators that scoring
 * does not need are refused. Field numbers are those of onnx/onnx.proto.
 */
import { BrigandError } from "../errors.ts";
import { checkOrder, type GraphNode } from "./onnxGraph.ts";
import { FEATURES, foreignRules, inDomain, knownOperators, NODES_MAX, type OnnxRules, ownRules } from "./onnxRules.ts";
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

/**
 * Reads and checks a model. Cost: one pass over the bytes, initializers included (their values must be finite).
 * @throws CB_MODEL_TOO_LARGE, CB_MODEL_MALFORMED, CB_MODEL_EXTERNAL_DATA, CB_MODEL_OPERATOR_UNKNOWN,
 * CB_MODEL_NOT_FINITE, CB_MODEL_GRAPH_CYCLIC, CB_MODEL_TOO_COMPLEX
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
  const graphs = fields.filter(({ number }) => number === 7);
  if (graphs.length !== 1) throw malformed(`it has ${graphs.length} graphs`);
  const graph = readFields(readBytes(graphs[0]));
  const inputs = valuesOf(graph, 11);
  const rules = inputs.some(({ name }) => name === FEATURES) ? foreignRules : ownRules;
  const { least, most } = rules.irVersions;
  if (!(irVersion >= least && irVersion <= most)) throw malformed(`its IR version is ${irVersion}`);
  const opset = readOpset(fields, rules);
  return { irVersion, producer: textOf(fields, 2), opset, inputs, ...readGraph(graph, inputs, rules) };
}

/** Each operator set once, of domains that the rules know; the default one must be there. */
function readOpset(fields: readonly WireField[], rules: OnnxRules): number {
  const imports = fields.filter(({ number }) => number === 8).map((field) => readFields(readBytes(field)));
  const opsets = new Map<string, number>();
  for (const entry of imports) {
    const domain = domainOf(textOf(entry, 1));
    if (!rules.operators.has(domain)) throw unknownOperator(`the domain ${domain}`, rules);
    if (opsets.has(domain)) throw malformed(`it imports ${imports.length} operator sets`);
    opsets.set(domain, integerOf(entry, 2));
  }
  const opset = opsets.get("");
  if (opset === undefined) throw malformed("it imports no default operator set");
  const { least, most } = rules.opsets;
  if (!(opset >= least && opset <= most)) throw malformed(`its operator set is ${opset}`);
  return opset;
}

function readGraph(
  fields: readonly WireField[],
  inputs: readonly OnnxValue[],
  rules: OnnxRules,
): Pick<OnnxSummary, "outputs" | "operators" | "initializers"> {
  const all = (number: number) => fields.filter((field) => field.number === number).map(readBytes);
  if (all(15).length > 0) throw malformed("it has sparse initializers");
  const encoded = all(1);
  if (!(encoded.length <= NODES_MAX)) throw malformed(`it has ${encoded.length} nodes, ${NODES_MAX} are allowed`);
  const nodes = encoded.map((node) => readNode(readFields(node), rules));
  const initializers = all(5).map((tensor) => readTensor(readFields(tensor), rules.foreign));
  checkOrder(nodes, { inputs: inputs.map(({ name }) => name), constants: initializers.map(({ name }) => name) });
  return { operators: nodes.map(({ operator }) => operator), initializers, outputs: valuesOf(fields, 12) };
}

function valuesOf(fields: readonly WireField[], number: number): readonly OnnxValue[] {
  return fields.filter((field) => field.number === number).map((field) => readValueInfo(readFields(readBytes(field))));
}

function readNode(fields: readonly WireField[], rules: OnnxRules): GraphNode {
  const operator = textOf(fields, 4);
  const domain = domainOf(textOf(fields, 7));
  if (rules.operators.get(domain)?.has(operator) !== true) throw unknownOperator(inDomain(domain, operator), rules);
  for (const field of fields)
    if (field.number === 5) checkAttribute(readFields(readBytes(field)), { operator, foreign: rules.foreign });
  const texts = (number: number) => fields.filter((field) => field.number === number).map(readText);
  return { operator, inputs: texts(1), outputs: texts(2) };
}

/** Numbers, texts and lists of them; tensors (5) in foreign models alone; no graph, sparse tensor or type. */
const ATTRIBUTES = new Set([1, 2, 3, 4, 7, 8, 9, 13, 20]);
const TENSOR = 5;

function checkAttribute(
  fields: readonly WireField[],
  { operator, foreign }: { readonly operator: string; readonly foreign: boolean },
): void {
  for (const field of fields) {
    if (foreign && field.number === TENSOR) readTensor(readFields(readBytes(field)), true);
    else if (!ATTRIBUTES.has(field.number))
      throw malformed(`${operator} has an attribute of a kind that is not read (field ${field.number})`);
  }
}

/** A text given twice counts as both together: a name that is not known. */
function textOf(fields: readonly WireField[], number: number): string {
  return fields
    .filter((field) => field.number === number)
    .map(readText)
    .join("");
}

function domainOf(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}

function integerOf(fields: readonly WireField[], number: number): number {
  const found = fields.filter((field) => field.number === number);
  if (found.length !== 1) throw malformed(`field ${number} must be there once, it is there ${found.length} times`);
  return readInteger(found[0]);
}

function unknownOperator(came: string, rules: OnnxRules): BrigandError {
  return new BrigandError("CB_MODEL_OPERATOR_UNKNOWN", { came, known: knownOperators(rules) });
}

function malformed(problem: string): BrigandError {
  return new BrigandError("CB_MODEL_MALFORMED", { problem });
}
