/** The repository's seed model, which serves what has no version yet. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { readBundle } from "../../adapters/fs/modelStore.ts";
import type { ModelBundle } from "../../core/model/bundle.ts";

/** @throws CB_MODEL_… */
export function readSeed(): Promise<ModelBundle> {
  return readBundle(join(repositoryOf(import.meta.dirname), "models", "seed", "0"));
}

/** The nearest folder above with a package.json: the repository, whether from sources or built. */
function repositoryOf(directory: string): string {
  if (existsSync(join(directory, "package.json")) || dirname(directory) === directory) return directory;
  return repositoryOf(dirname(directory));
}
