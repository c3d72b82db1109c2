/** Runs a pushed model in a process of its own, with bounds of time and memory: whatever it does, serving goes on. */
import { BrigandError } from "../../core/errors.ts";
import type { Checked, CheckModel, ToCheck } from "../../ports/models.ts";
import { runApart } from "./apart.ts";

export interface CheckBounds {
  /** Longest that a call with 100 candidates may take. */
  readonly callMsMax: number;
  /** Longest that the whole check may take, the start of the process included. */
  readonly checkMs: number;
  /** Most that the process may hold in memory; looked at where /proc tells it. */
  readonly memoryBytesMax: number;
  /** Checks at once. */
  readonly checksMax: number;
}

/** The built `checkMain.js` beside this file, or `main` in its place. */
export function checkerOf(bounds: CheckBounds, main: URL = new URL("./checkMain.js", import.meta.url)): CheckModel {
  let running = 0;
  return async (model) => {
    if (running >= bounds.checksMax) throw new BrigandError("CB_PUSH_BUSY", { maximum: bounds.checksMax });
    running++;
    try {
      return await checkApart(model, { ...bounds, main });
    } finally {
      running--;
    }
  };
}

async function checkApart({ model, ...told }: ToCheck, bounds: CheckBounds & { main: URL }): Promise<Checked> {
  const { callMsMax, checkMs, memoryBytesMax, main } = bounds;
  const done = await runApart({
    main,
    input: [`${JSON.stringify({ ...told, callMsMax })}\n`, model],
    msMax: checkMs,
    memoryBytesMax,
    slow: () =>
      new BrigandError("CB_MODEL_TOO_SLOW", { rows: 100, maximum: checkMs, came: "longer, all calls together" }),
    large: () => new BrigandError("CB_MODEL_MEMORY_EXCEEDED", { maximum: memoryBytesMax }),
    failed: (problem) => new BrigandError("CB_MODEL_CHECK_FAILED", { problem }),
  });
  return done as Checked;
}
