/** Crosses of strings as inputs of a call. */
import { Tensor } from "onnxruntime-node";
import { BrigandError } from "../../core/errors.ts";
import { CROSS_BITS, type CrossLayout, crossesOf, crossWidth } from "../../core/model/crosses.ts";
import type { OnnxSummary } from "../../core/model/onnxReader.ts";

/** @param rows as the model reads them. Cost: two numbers a cross. */
export function crossInputs(
  layout: CrossLayout,
  rows: { readonly dense: Float32Array; readonly n: number; readonly columns: number },
): { readonly indices: Tensor; readonly values: Tensor } {
  const indices = crossesOf(layout, rows);
  const values = new Float32Array(indices.length);
  for (let k = 0; k < indices.length; k++) {
    const c = indices[k];
    values[k] = Math.sign(c);
    indices[k] = c === 0 ? 0 : Math.abs(c) - 1;
  }
  const shape = [rows.n, crossWidth(layout)];
  return { indices: new Tensor("int32", indices, shape), values: new Tensor("float32", values, shape) };
}

/** The tables must have a place for every cross, and the columns must be there. @throws CB_MODEL_SIGNATURE_INVALID */
export function checkCrosses({ initializers, inputs }: OnnxSummary, layout: CrossLayout | undefined): void {
  const size = 2 ** CROSS_BITS;
  for (const name of ["crossWeights", "crossVariances"]) {
    const came = initializers.find((tensor) => tensor.name === name)?.shape.join();
    if (came !== String(size)) throw invalid(`${name} of ${size} numbers`, came ?? "nothing");
  }
  const width = layout === undefined ? 0 : crossWidth(layout);
  const came = inputs.find(({ name }) => name === "indices")?.shape[1];
  if (width === 0 || came !== width) throw invalid(`indices of ${width} crosses, as the columns say`, String(came));
}

function invalid(expected: string, came: string): BrigandError {
  return new BrigandError("CB_MODEL_SIGNATURE_INVALID", { expected, came });
}
