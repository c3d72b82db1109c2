/**
 * The one door to the data sets beside the project (`../shared/data`), which are too big to commit.
 * Where they are missing: with CI=true a test fails, elsewhere it is skipped with one clear line.
 */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe } from "vitest";

/** The project's folder. */
export const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const dataFolder = join(projectRoot, "..", "shared", "data");

export const hasSharedData: boolean = existsSync(dataFolder);

/** The path of a shared data file or folder, e.g. `sharedData("ranklens/events.jsonl.gz")`; throws when it is missing. */
export function sharedData(name: string): string {
  const path = join(dataFolder, name);
  if (existsSync(path)) return path;
  throw new Error(`../shared/data/${name} is missing: put the shared data beside the project's folder.`);
}

/** `describe` for tests that read shared data; `needs` names the files they read. */
export function describeWithShared(name: string, needs: readonly string[], body: () => void): void {
  const missing = needs.filter((file) => !existsSync(join(dataFolder, file)));
  if (missing.length === 0 || process.env.CI === "true") {
    describe(name, body);
    return;
  }
  console.warn(`skipped "${name}": ../shared/data/${missing.join(", ")} is not beside the project`);
  describe.skip(name, body);
}
