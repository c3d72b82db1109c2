/** The linear model with crosses of strings as one ONNX graph. Its arithmetic is that of src/core/model/crosses.ts. */
import {
  CROSS_BITS,
  type CrossLayout,
  type CrossLoss,
  type CrossParameters,
  crossWidth,
  LOG_ODDS_MAX,
  PROBABILITY_MIN,
} from "../../src/core/model/crosses.ts";
import type { LinearParameters } from "../../src/core/model/linear.ts";
import { type ConstantSpec, elementTypes, modelBytes, type NodeSpec } from "./graph.ts";
import { checkParameters, linearConstants, meanNodes, varianceNodes } from "./linearModel.ts";
import { signature } from "./signature.ts";

/**
 * The bytes of model.onnx. Two more inputs: `indices` int32[n,k], places of weights, and `values` float32[n,k], their
 * signs, 0 where there is no cross. Equal parameters give equal bytes. Throws RangeError for an impossible number.
 */
export function exportCrossModel(linear: LinearParameters, p: CrossParameters & { layout: CrossLayout }): Uint8Array {
  checkParameters(linear);
  checkCrosses(p);
  const { inputs, outputs } = signature(linear.columns, "m");
  const k = crossWidth(p.layout);
  return modelBytes({
    name: "crosses",
    inputs: [
      ...inputs,
      { name: "indices", type: "int32", shape: ["n", k] },
      { name: "values", type: "float32", shape: ["n", k] },
    ],
    outputs,
    constants: [...linearConstants(linear), ...crossConstants(p)],
    nodes: [...sharedNodes, ...sumNodes, ...lossNodes[p.loss], ...blendNodes, ...spreadNodes],
  });
}

/** The linear model's nodes, its answers named apart. */
const sharedNodes: readonly NodeSpec[] = [...meanNodes, ...varianceNodes].map((node) => ({
  ...node,
  outputs: node.outputs.map((name) => ({ mean: "sharedMean", variance: "sharedVariance" })[name] ?? name),
}));

const to64 = { to: { int: elementTypes.float64 } };
const to32 = { to: { int: elementTypes.float32 } };
const flat = { keepdims: { int: 0 } };

/** A float32 sum of dozens of products would miss 1e-6. */
const sumNodes: readonly NodeSpec[] = [
  { op: "Gather", inputs: ["crossWeights", "indices"], outputs: ["picked"] },
  { op: "Mul", inputs: ["picked", "values"], outputs: ["terms"] },
  { op: "Cast", inputs: ["terms"], outputs: ["terms64"], attributes: to64 },
  { op: "ReduceSum", inputs: ["terms64", "lastAxis"], outputs: ["sum"], attributes: flat },
];

const lossNodes: Readonly<Record<CrossLoss, readonly NodeSpec[]>> = {
  squared: [
    { op: "Add", inputs: ["sum", "base"], outputs: ["crossed"] },
    { op: "Identity", inputs: ["blendCrossed"], outputs: ["slope"] },
  ],
  logistic: [
    { op: "Clip", inputs: ["sum", "logOddsMin", "logOddsMax"], outputs: ["bounded"] },
    { op: "Exp", inputs: ["bounded"], outputs: ["times"] },
    { op: "Mul", inputs: ["times", "baseOdds"], outputs: ["odds"] },
    { op: "Add", inputs: ["odds", "one"], outputs: ["oneMore"] },
    { op: "Div", inputs: ["odds", "oneMore"], outputs: ["crossed"] },
    { op: "Slice", inputs: ["crossed", "none", "judged", "firstAxis"], outputs: ["firstCrossed"] },
    { op: "Sub", inputs: ["one", "firstCrossed"], outputs: ["otherwise"] },
    { op: "Mul", inputs: ["firstCrossed", "otherwise"], outputs: ["curve"] },
    { op: "Mul", inputs: ["curve", "blendCrossed"], outputs: ["slope"] },
  ],
};

const blendNodes: readonly NodeSpec[] = [
  { op: "Mul", inputs: ["mean64", "blendShared"], outputs: ["sharedPart"] },
  { op: "Mul", inputs: ["crossed", "blendCrossed"], outputs: ["crossedPart"] },
  { op: "Add", inputs: ["sharedPart", "crossedPart"], outputs: ["parts"] },
  { op: "Add", inputs: ["parts", "blendConstant"], outputs: ["blended"] },
  { op: "Cast", inputs: ["blended"], outputs: ["mean"], attributes: to32 },
];

/** Of the first rows alone, as the linear model's variances are. */
const spreadNodes: readonly NodeSpec[] = [
  { op: "Slice", inputs: ["indices", "none", "judged", "firstAxis"], outputs: ["firstIndices"] },
  { op: "Slice", inputs: ["values", "none", "judged", "firstAxis"], outputs: ["firstValues"] },
  { op: "Gather", inputs: ["crossVariances", "firstIndices"], outputs: ["pickedVariances"] },
  { op: "Mul", inputs: ["firstValues", "firstValues"], outputs: ["there"] },
  { op: "Mul", inputs: ["pickedVariances", "there"], outputs: ["spreads"] },
  { op: "Cast", inputs: ["spreads"], outputs: ["spreads64"], attributes: to64 },
  { op: "ReduceSum", inputs: ["spreads64", "lastAxis"], outputs: ["spread"], attributes: flat },
  { op: "Mul", inputs: ["spread", "slope"], outputs: ["sloped"] },
  { op: "Mul", inputs: ["sloped", "slope"], outputs: ["crossVariance64"] },
  { op: "Cast", inputs: ["crossVariance64"], outputs: ["crossVariance"], attributes: to32 },
  { op: "Mul", inputs: ["sharedVariance", "sharedShare"], outputs: ["sharedVariancePart"] },
  { op: "Add", inputs: ["sharedVariancePart", "crossVariance"], outputs: ["variance"] },
];

function crossConstants({
  weights,
  variances,
  loss,
  base,
  blend: [a, b, c],
}: CrossParameters): readonly ConstantSpec[] {
  const scalar = (name: string, value: number) => ({ name, shape: [], data: Float64Array.of(value) });
  const probability = Math.min(1 - PROBABILITY_MIN, Math.max(PROBABILITY_MIN, base));
  return [
    { name: "crossWeights", shape: [weights.length], data: weights },
    { name: "crossVariances", shape: [variances.length], data: variances },
    scalar("blendConstant", base + a - b * base - c * base),
    scalar("blendShared", b),
    scalar("blendCrossed", c),
    { name: "sharedShare", shape: [], data: Float32Array.of(b * b) },
    ...(loss === "squared"
      ? [scalar("base", base)]
      : [
          scalar("one", 1),
          scalar("baseOdds", probability / (1 - probability)),
          scalar("logOddsMin", -LOG_ODDS_MAX),
          scalar("logOddsMax", LOG_ODDS_MAX),
        ]),
  ];
}

function checkCrosses({ weights, variances, base, blend }: CrossParameters): void {
  const size = 2 ** CROSS_BITS;
  if (weights.length !== size || variances.length !== size)
    throw new RangeError(`weights and variances of crosses must have ${size} values`);
  if (blend.length !== 3 || ![base, ...blend].every(Number.isFinite))
    throw new RangeError("a blend has three finite weights");
  if (!weights.every(Number.isFinite)) throw new RangeError("a weight of a cross is not finite");
  if (!variances.every((variance) => variance >= 0 && Number.isFinite(variance)))
    throw new RangeError("a variance of a cross is not a number ≥ 0");
}
