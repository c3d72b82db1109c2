/** Inputs and outputs that a scoring model must have; `training/onnx/signature.ts` writes them. */
import { BrigandError } from "../errors.ts";
import type { CrossLoss } from "./crosses.ts";
import type { OnnxSummary } from "./onnxReader.ts";
import type { OnnxValue } from "./onnxTensor.ts";

const INPUTS = ["dense float32[n,d]", "averages float32[n,n]", "group int64[n]", "counts float32[n]"];
/** Which of the manifest's items each row is; only where it lists any. */
const OWN_INPUT = "own int64[n]";
/** Crosses of strings of each row; only where the manifest names their loss. */
const CROSS_INPUTS = ["indices int32[n,k]", "values float32[n,k]"];
const OUTPUTS = ["mean float32[n]", "variance float32[n]"];

/**
 * Checks names, types and shapes; the last size of `dense` must be the number of columns, or variable when the model
 * reads none. @throws CB_MODEL_SIGNATURE_INVALID
 */
export function checkSignature(
  summary: OnnxSummary,
  columns: number,
  more: { readonly own?: unknown; readonly crosses?: CrossLoss } = {},
): void {
  expect(summary.inputs, inputsOf(more));
  expect(summary.outputs, OUTPUTS);
  const dense = summary.inputs.find(({ name }) => name === "dense");
  const width = dense?.shape[1];
  const fits = columns === 0 ? typeof width === "string" || width === 0 : width === columns;
  if (!fits)
    throw new BrigandError("CB_MODEL_SIGNATURE_INVALID", {
      expected: `dense of ${columns} columns, as the manifest lists`,
      came: String(width),
    });
}

function inputsOf({ own, crosses }: { readonly own?: unknown; readonly crosses?: CrossLoss }): readonly string[] {
  return [...INPUTS, ...(own === undefined ? [] : [OWN_INPUT]), ...(crosses === undefined ? [] : CROSS_INPUTS)];
}

/** Fixed sizes other than dense's columns would not take every request. */
function expect(values: readonly OnnxValue[], expected: readonly string[]): void {
  const came = values.map(describe);
  if (came.length === expected.length && expected.every((value) => came.includes(value))) return;
  throw new BrigandError("CB_MODEL_SIGNATURE_INVALID", {
    expected: expected.join(", "),
    came: came.join(", ") || "nothing",
  });
}

/** Second sizes that may be fixed. */
const WIDTHS: Readonly<Record<string, string>> = { dense: "d", indices: "k", values: "k" };

function describe({ name, type, shape }: OnnxValue): string {
  const sizes = shape.map((size, axis) =>
    axis === 1 && WIDTHS[name] !== undefined ? WIDTHS[name] : typeof size === "number" ? size : "n",
  );
  return `${name} ${type}[${sizes}]`;
}
