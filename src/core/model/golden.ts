/** Golden outputs: whether a loaded model still says what it said when it was published. */
import { BrigandError } from "../errors.ts";
import type { Golden } from "./manifest.ts";

/** Absolute for means up to 1, relative above and for variances; float32 kernels differ by machine in the last digits. */
export const GOLDEN_TOLERANCE = 1e-4;

/** What ports/scorer.ts calls ScoreResult; the core imports no port. */
interface Outputs {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** @throws CB_MODEL_NOT_FINITE, CB_MODEL_GOLDEN_MISMATCH, CB_MODEL_SIGNATURE_INVALID when the lengths differ. */
export function checkGolden(golden: Golden, outputs: Outputs): void {
  checkOutputs(outputs, golden.n);
  for (const output of ["mean", "variance"] as const) {
    for (let row = 0; row < golden.n; row++) {
      const expected = golden[output][row];
      const size = output === "mean" ? Math.max(1, Math.abs(expected)) : Math.max(1e-12, Math.abs(expected));
      const off = Math.abs(outputs[output][row] - expected) / size;
      if (!(off <= GOLDEN_TOLERANCE))
        throw new BrigandError("CB_MODEL_GOLDEN_MISMATCH", { maximum: GOLDEN_TOLERANCE, output, row, came: off });
    }
  }
}

/** @throws CB_MODEL_NOT_FINITE, CB_MODEL_SIGNATURE_INVALID */
export function checkOutputs(outputs: Outputs, n: number): void {
  for (const output of ["mean", "variance"] as const) {
    const values = outputs[output];
    if (values.length !== n)
      throw new BrigandError("CB_MODEL_SIGNATURE_INVALID", {
        expected: `${n} values of ${output} for ${n} rows`,
        came: values.length,
      });
    for (let row = 0; row < n; row++) {
      const fine = Number.isFinite(values[row]) && (output === "mean" || values[row] >= 0);
      if (!fine) throw new BrigandError("CB_MODEL_NOT_FINITE", { came: `${output} of row ${row} (${values[row]})` });
    }
  }
}
