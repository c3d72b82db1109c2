/** The linear model with items' own coefficients as one ONNX graph. Its arithmetic is that of src/core/model/own.ts. */
import type { FamilyParameters, OwnParameters } from "../../src/core/model/own.ts";
import { exportCrossModel } from "./crossModel.ts";
import { type ConstantSpec, elementTypes, modelBytes, type NodeSpec } from "./graph.ts";
import { checkParameters, exportLinearModel, linearConstants, meanNodes, varianceNodes } from "./linearModel.ts";
import { signature } from "./signature.ts";

/**
 * The bytes of model.onnx; without more those of the linear model. With `own`, one more input: `own` int64[n], each row's place
 * among the items. Equal parameters give equal bytes. Throws RangeError when a shape or a number is impossible.
 */
export function exportFamilyModel({ linear, own, crosses }: FamilyParameters): Uint8Array {
  if (crosses !== undefined) return exportCrossModel(linear, crosses);
  if (own === undefined) return exportLinearModel(linear);
  checkParameters(linear);
  checkOwn(own);
  const { inputs, outputs } = signature(linear.columns, "m");
  return modelBytes({
    name: "family",
    inputs: [...inputs, { name: "own", type: "int64", shape: ["n"] }],
    outputs,
    constants: [...linearConstants(linear), ...ownConstants(own)],
    nodes: [...sharedNodes, ...featureNodes, ...ownNodes],
  });
}

/** The linear model's nodes, its answers named apart. */
const sharedNodes: readonly NodeSpec[] = [...meanNodes, ...varianceNodes].map((node) => {
  const name = { mean: "sharedMean", variance: "sharedVariance", own: "countShare" };
  const rename = (value: string) => name[value as keyof typeof name] ?? value;
  return { ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) };
});

const to64 = { to: { int: elementTypes.float64 } };
const to32 = { to: { int: elementTypes.float32 } };
const flat = { keepdims: { int: 0 } };

const featureNodes: readonly NodeSpec[] = [
  { op: "Gather", inputs: ["phi64", "ownColumns"], outputs: ["z"], attributes: { axis: { int: 1 } } },
  { op: "MatMul", inputs: ["z", "ownWeights"], outputs: ["product"] },
  { op: "Add", inputs: ["product", "ownPhase"], outputs: ["angle"] },
  { op: "Cos", inputs: ["angle"], outputs: ["waves"] },
  { op: "Concat", inputs: ["z", "waves"], outputs: ["features"], attributes: { axis: { int: 1 } } },
];

/** Variances are of the first rows alone, as the linear model's are. Rows of the shared model meet zeros in every table but `shared`. */
const ownNodes: readonly NodeSpec[] = [
  { op: "Gather", inputs: ["shared", "own"], outputs: ["share64"] },
  { op: "Gather", inputs: ["ownCoefficients", "own"], outputs: ["coefficients"] },
  { op: "Mul", inputs: ["features", "coefficients"], outputs: ["terms"] },
  { op: "ReduceSum", inputs: ["terms", "lastAxis"], outputs: ["ownMean"], attributes: flat },
  { op: "Mul", inputs: ["mean64", "share64"], outputs: ["sharedPart"] },
  { op: "Add", inputs: ["ownMean", "sharedPart"], outputs: ["bothMeans"] },
  { op: "Cast", inputs: ["bothMeans"], outputs: ["mean"], attributes: to32 },
  { op: "Slice", inputs: ["features", "none", "judged", "firstAxis"], outputs: ["firstFeatures"] },
  { op: "Slice", inputs: ["own", "none", "judged", "firstAxis"], outputs: ["firstOwn"] },
  { op: "Slice", inputs: ["share64", "none", "judged", "firstAxis"], outputs: ["firstShare"] },
  { op: "Cast", inputs: ["firstFeatures"], outputs: ["features32"], attributes: to32 },
  { op: "Unsqueeze", inputs: ["features32", "lastAxis"], outputs: ["featureRows"] },
  { op: "Gather", inputs: ["ownFactors", "firstOwn"], outputs: ["factorRows"] },
  { op: "MatMul", inputs: ["featureRows", "factorRows"], outputs: ["imageRows"] },
  { op: "Cast", inputs: ["imageRows"], outputs: ["imageRows64"], attributes: to64 },
  { op: "Mul", inputs: ["imageRows64", "imageRows64"], outputs: ["imageSquares"] },
  { op: "ReduceSum", inputs: ["imageSquares", "innerAxes"], outputs: ["ownVariance64"], attributes: flat },
  { op: "Cast", inputs: ["ownVariance64"], outputs: ["ownVariance"], attributes: to32 },
  { op: "Cast", inputs: ["firstShare"], outputs: ["share"], attributes: to32 },
  { op: "Mul", inputs: ["sharedVariance", "share"], outputs: ["sharedVariancePart"] },
  { op: "Add", inputs: ["ownVariance", "sharedVariancePart"], outputs: ["variance"] },
];

function ownConstants(p: OwnParameters): readonly ConstantSpec[] {
  const [k, s, r] = [p.items.length, p.columns.length, p.phase.length];
  const order = s + r;
  const coefficients = new Float64Array((k + 2) * order);
  coefficients.set(p.coefficients);
  const factors = new Float32Array((k + 2) * order * order);
  const sigma = Math.sqrt(p.sigma2);
  for (let at = 0; at < p.factors.length; at++) factors[at] = p.factors[at] * sigma;
  const shared = new Float64Array(k + 2);
  shared[k + 1] = 1;
  return [
    { name: "ownColumns", shape: [s], data: BigInt64Array.from(p.columns, BigInt) },
    { name: "ownWeights", shape: [s, r], data: p.weights },
    { name: "ownPhase", shape: [r], data: p.phase },
    { name: "ownCoefficients", shape: [k + 2, order], data: coefficients },
    { name: "ownFactors", shape: [k + 2, order, order], data: factors },
    { name: "shared", shape: [k + 2], data: shared },
    { name: "innerAxes", shape: [2], data: BigInt64Array.of(1n, 2n) },
  ];
}

function checkOwn(p: OwnParameters): void {
  const [k, s, r] = [p.items.length, p.columns.length, p.phase.length];
  const order = s + r;
  if (p.weights.length !== s * r) throw new RangeError(`weights of own features must have ${s * r} values`);
  if (p.coefficients.length !== k * order || p.factors.length !== (k + 1) * order * order)
    throw new RangeError(`${k} items of ${order} coefficients do not fit the tables`);
  if (!(p.sigma2 > 0)) throw new RangeError("sigma2 of own coefficients must be above 0");
  const all = [p.weights, p.phase, p.coefficients, p.factors];
  if (!all.every((values) => values.every((value) => Number.isFinite(Math.fround(value)))))
    throw new RangeError("an own coefficient is not a finite float32 number");
}
