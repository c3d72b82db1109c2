/** The linear model as an ONNX file. Its arithmetic is that of src/core/model/linear.ts. */
import type { LinearParameters } from "../../src/core/model/linear.ts";
import { type ConstantSpec, elementTypes, type GraphSpec, modelBytes, type NodeSpec } from "./graph.ts";
import { signature } from "./signature.ts";

export type { LinearParameters } from "../../src/core/model/linear.ts";

/**
 * The bytes of model.onnx: one call gives mean and variance of all candidates of a request.
 * Inputs `dense` float32[n,d], `averages` float32[g,m] (each row sums to 1 over its group), `group` int64[m],
 * `counts` float32[m] ≥ 0, m ≤ n; outputs `mean` float32[n], `variance` float32[m].
 * Equal parameters give equal bytes. Throws RangeError when a shape or a number is impossible.
 */
export function exportLinearModel(p: LinearParameters): Uint8Array {
  return modelBytes(linearGraph(p));
}

/** The same before it is bytes. */
export function linearGraph(p: LinearParameters): GraphSpec {
  checkParameters(p);
  return {
    name: "linear",
    ...signature(p.columns, "m"),
    constants: linearConstants(p),
    nodes: [...meanNodes, ...varianceNodes],
  };
}

/**
 * phi is float32 (the difference of two float32 numbers is rounded once, so columns with a large centre lose nothing);
 * the product with the weights is float64, because a float32 sum of 96 products misses 1e-6. Measured at 100 × 96:
 * Gemm in float64 32 µs a call, Gemm in float32 31 µs, MatMul with a vector 50 to 57 µs.
 */
export const meanNodes: readonly NodeSpec[] = [
  { op: "Sub", inputs: ["dense", "centre"], outputs: ["difference"] },
  { op: "Mul", inputs: ["difference", "scale"], outputs: ["scaled"] },
  { op: "Clip", inputs: ["scaled", "low", "high"], outputs: ["phi"] },
  { op: "Cast", inputs: ["phi"], outputs: ["phi64"], attributes: { to: { int: elementTypes.float64 } } },
  { op: "Gemm", inputs: ["phi64", "weights", "intercept"], outputs: ["meanColumn"] },
  { op: "Squeeze", inputs: ["meanColumn", "lastAxis"], outputs: ["mean64"] },
  { op: "Cast", inputs: ["mean64"], outputs: ["mean"], attributes: { to: { int: elementTypes.float32 } } },
];

/**
 * Of the first m rows, as many as there are counts: the others are asked for their mean alone. sqrt(sigma2) is folded
 * into the factor. Mul and ReduceSum is as fast as ReduceSumSquare and three times as exact.
 */
export const varianceNodes: readonly NodeSpec[] = [
  { op: "Shape", inputs: ["counts"], outputs: ["judged"] },
  { op: "Slice", inputs: ["phi", "none", "judged", "firstAxis"], outputs: ["first"] },
  { op: "MatMul", inputs: ["averages", "first"], outputs: ["groupMeans"] },
  { op: "Gather", inputs: ["groupMeans", "group"], outputs: ["phibar"], attributes: { axis: { int: 0 } } },
  { op: "Sub", inputs: ["first", "phibar"], outputs: ["centred"] },
  { op: "MatMul", inputs: ["centred", "factor"], outputs: ["image"] },
  { op: "Mul", inputs: ["image", "image"], outputs: ["squares"] },
  { op: "ReduceSum", inputs: ["squares", "lastAxis"], outputs: ["relative"], attributes: { keepdims: { int: 0 } } },
  { op: "Add", inputs: ["counts", "ownCount"], outputs: ["evidence"] },
  { op: "Div", inputs: ["sigma2", "evidence"], outputs: ["own"] },
  { op: "Add", inputs: ["relative", "own"], outputs: ["variance"] },
];

export function linearConstants(p: LinearParameters): readonly ConstantSpec[] {
  const d = p.columns;
  const sigma = Math.sqrt(p.sigma2);
  return [
    { name: "centre", shape: [d], data: p.centre },
    { name: "scale", shape: [d], data: p.scale },
    { name: "low", shape: [], data: Float32Array.of(-p.clip) },
    { name: "high", shape: [], data: Float32Array.of(p.clip) },
    { name: "weights", shape: [d, 1], data: p.weights },
    { name: "intercept", shape: [], data: Float64Array.of(p.intercept) },
    { name: "factor", shape: [d, d], data: Float32Array.from(p.factor, (value) => value * sigma) },
    { name: "none", shape: [1], data: BigInt64Array.of(0n) },
    { name: "firstAxis", shape: [1], data: BigInt64Array.of(0n) },
    { name: "lastAxis", shape: [1], data: BigInt64Array.of(1n) },
    { name: "sigma2", shape: [], data: Float32Array.of(p.sigma2) },
    { name: "ownCount", shape: [], data: Float32Array.of(p.ownCount) },
  ];
}

export function checkParameters(p: LinearParameters): void {
  const d = p.columns;
  const vectors = [p.centre, p.scale, p.weights];
  if (!(Number.isInteger(d) && d >= 0)) throw new RangeError(`columns is ${d}: an integer >= 0 was expected`);
  if (vectors.some((vector) => vector.length !== d))
    throw new RangeError(`centre, scale and weights must have ${d} values`);
  if (p.factor.length !== d * d) throw new RangeError(`factor has ${p.factor.length} values: ${d * d} were expected`);
  if (!(p.clip > 0 && p.sigma2 > 0 && p.ownCount > 0))
    throw new RangeError("clip, sigma2 and ownCount must be above 0");
  const all = [...vectors, p.factor, Float64Array.of(p.clip, p.intercept, p.sigma2, p.ownCount)];
  if (all.some((values) => values.some((value) => !Number.isFinite(Math.fround(value)))))
    throw new RangeError("a parameter is not a finite float32 number");
}
