/** The last tests of a loaded model before requests meet it. */
import { checkGolden, checkOutputs } from "../../core/model/golden.ts";
import type { Golden } from "../../core/model/manifest.ts";
import type { LoadedModel } from "../../ports/models.ts";

/** Sizes of the warm-up calls: their buffers and kernels are touched before the first request. */
const WARM_UP_ROWS = [1, 10, 100];

/** Golden outputs, then rows of zeros. @throws CB_MODEL_GOLDEN_MISMATCH, CB_MODEL_NOT_FINITE, CB_MODEL_SIGNATURE_INVALID, CB_MODEL_LOAD_FAILED */
export async function warmUp(model: LoadedModel, golden: Golden): Promise<void> {
  const scorer = model.hold();
  try {
    const { n, columns } = golden;
    checkGolden(
      golden,
      await scorer.score({
        dense: Float32Array.from(golden.dense),
        n,
        columns,
        counts: Float32Array.from(golden.counts),
        ids: golden.items,
      }),
    );
    for (const rows of WARM_UP_ROWS) {
      const width = scorer.columns.length;
      checkOutputs(
        await scorer.score({
          dense: new Float32Array(rows * width),
          n: rows,
          columns: width,
          counts: new Float32Array(rows),
        }),
        rows,
      );
    }
  } finally {
    await scorer.release();
  }
}
