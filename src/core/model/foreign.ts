/**
 * Models made elsewhere: one input `features float32[n, d]`, and `score`, or `mean` and `variance`, each float32 [n] or
 * [n, 1]. Without variance Brigand takes 0: exploration is then the floor, squareCb, or a fixed temperature (tauMin).
 */
import { BrigandError } from "../errors.ts";
import type { OnnxSummary } from "./onnxReader.ts";
import { FEATURES } from "./onnxRules.ts";
import type { OnnxValue } from "./onnxTensor.ts";

const EXPECTED = "the input features float32[n, d] and the outputs score, or mean and variance, float32[n] or [n, 1]";

export function isForeign({ inputs }: Pick<OnnxSummary, "inputs">): boolean {
  return inputs.some(({ name }) => name === FEATURES);
}

/** Columns that the input declares; undefined where its width is variable. */
export function widthOf({ inputs }: Pick<OnnxSummary, "inputs">): number | undefined {
  const width = inputs.find(({ name }) => name === FEATURES)?.shape[1];
  return typeof width === "number" ? width : undefined;
}

/** Names of the outputs to ask for. @throws CB_MODEL_SIGNATURE_INVALID */
export function checkForeign(summary: OnnxSummary, columns: number): readonly string[] {
  const { inputs, outputs } = summary;
  const names = outputs.map(({ name }) => name).sort();
  const told = names.join() === "score" || names.join() === "mean,variance";
  const [features] = inputs;
  const fits = inputs.length === 1 && isRows(features, 2) && (widthOf(summary) ?? columns) === columns;
  if (told && fits && columns > 0 && outputs.every(isColumn)) return names;
  throw new BrigandError("CB_MODEL_SIGNATURE_INVALID", {
    expected: `${EXPECTED}, with d = ${columns}`,
    came: [...inputs, ...outputs].map(({ name, type, shape }) => `${name} ${type}[${shape}]`).join(", ") || "nothing",
  });
}

function isColumn(value: OnnxValue): boolean {
  return isRows(value, 1) || (isRows(value, 2) && value.shape[1] === 1);
}

/** A fixed number of rows would not take every request. */
function isRows({ type, shape }: OnnxValue, axes: number): boolean {
  return type === "float32" && shape.length === axes && typeof shape[0] === "string";
}
