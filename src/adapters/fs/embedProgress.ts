/** How far the training of a policy's item vectors is, as its process leaves it in a file. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PolicyName } from "../../core/domain.ts";
import type { Layout } from "./layout.ts";

export const EMBED_PROGRESS_FILE = "progress.json";

/** Share of the steps done, from 0 to 1, and the loss of the last one; undefined while nothing is being learned. */
export function embedProgress(layout: Layout, policy: PolicyName): { share: number; loss?: number } | undefined {
  try {
    const text = readFileSync(join(layout.trainOf(policy), "embed", EMBED_PROGRESS_FILE), "utf8");
    const { step, steps, loss }: { step?: unknown; steps?: unknown; loss?: unknown } = JSON.parse(text);
    if (typeof step !== "number" || typeof steps !== "number") return undefined;
    return { share: steps > 0 ? step / steps : 0, loss: typeof loss === "number" ? loss : undefined };
  } catch {
    return undefined;
  }
}
