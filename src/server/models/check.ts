/** One run of a pushed model: golden outputs, warm-up, and how long a call takes. Runs in a process of its own. */
import { BrigandError } from "../../core/errors.ts";
import { uniformOf } from "../../core/math/random.ts";
import { checkOutputs } from "../../core/model/golden.ts";
import type { Golden } from "../../core/model/manifest.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Checked, LoadedModel, ToCheck } from "../../ports/models.ts";
import { warmUp } from "./warm.ts";

const GOLDEN_ROWS = 8;
const GOLDEN_SEED = "5eed".repeat(16);
const TIMED_ROWS = 100;
const TIMED_CALLS = 5;

export interface CheckParts {
  readonly load: (model: Pick<ToCheck, "manifest" | "model">) => Promise<LoadedModel>;
  readonly clock: Pick<Clock, "elapsed">;
  /** Longest that a call with 100 candidates may take. */
  readonly callMsMax: number;
}

/** @throws CB_MODEL_… */
export async function checkModel(model: ToCheck, { load, clock, callMsMax }: CheckParts): Promise<Checked> {
  const loaded = await load(model);
  try {
    const golden = model.golden ?? (await goldenFrom(loaded, model.manifest.columns.length));
    await warmUp(loaded, golden);
    const callMs = await timed(loaded, clock);
    if (!(callMs <= callMsMax))
      throw new BrigandError("CB_MODEL_TOO_SLOW", {
        rows: TIMED_ROWS,
        maximum: callMsMax,
        came: `${callMs.toFixed(1)} ms`,
      });
    return { golden, callMs };
  } finally {
    await loaded.retire();
  }
}

/** What the model says of seeded rows in (−1, 1): the copy that serves must say the same. */
async function goldenFrom(model: LoadedModel, columns: number): Promise<Golden> {
  const next = uniformOf(GOLDEN_SEED);
  const dense = Float32Array.from({ length: GOLDEN_ROWS * columns }, () => 2 * next() - 1);
  const counts = Float32Array.from({ length: GOLDEN_ROWS }, (_, i) => i);
  const outputs = await score(model, { dense, counts, n: GOLDEN_ROWS, columns });
  checkOutputs(outputs, GOLDEN_ROWS);
  const { mean, variance } = outputs;
  const n = GOLDEN_ROWS;
  return { n, columns, dense: [...dense], counts: [...counts], mean: [...mean], variance: [...variance] };
}

/** The least of some calls, which other work of the machine disturbs least. */
async function timed(model: LoadedModel, clock: Pick<Clock, "elapsed">): Promise<number> {
  const scorer = model.hold();
  const columns = scorer.columns.length;
  await scorer.release();
  const rows = { dense: new Float32Array(TIMED_ROWS * columns), counts: new Float32Array(TIMED_ROWS) };
  let least = Number.POSITIVE_INFINITY;
  for (let call = 0; call < TIMED_CALLS; call++) {
    const started = clock.elapsed();
    await score(model, { ...rows, n: TIMED_ROWS, columns });
    least = Math.min(least, clock.elapsed() - started);
  }
  return least;
}

async function score(
  model: LoadedModel,
  rows: { dense: Float32Array; counts: Float32Array; n: number; columns: number },
) {
  const scorer = model.hold();
  try {
    return await scorer.score(rows);
  } finally {
    await scorer.release();
  }
}
