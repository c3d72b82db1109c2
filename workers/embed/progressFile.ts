/** `train/<policy>/embed/progress.json` while vectors are being learned: what servers show on /metrics. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EMBED_PROGRESS_FILE } from "../../src/adapters/fs/embedProgress.ts";
import type { EmbedProgress } from "./embedPolicy.ts";
import { folderOf, type RowsPlace } from "./rowsFile.ts";

/** Best effort: a file that cannot be written stops no training. */
export function showProgress(place: Omit<RowsPlace, "rowsMax">): {
  update(progress: EmbedProgress): void;
  end(): void;
} {
  const file = join(folderOf(place), EMBED_PROGRESS_FILE);
  return {
    update(progress) {
      try {
        mkdirSync(folderOf(place), { recursive: true });
        writeFileSync(file, JSON.stringify(progress));
      } catch {
        // shown or not, it goes on
      }
    },
    end: () => rmSync(file, { force: true }),
  };
}
