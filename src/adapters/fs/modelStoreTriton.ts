/** config.pbtxt beside the versions of a line, so that Triton and KServe serve the folder as it is. */
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { BrigandError } from "../../core/errors.ts";
import type { Manifest } from "../../core/model/manifest.ts";
import { TRITON_CONFIG_FILE, tritonConfig } from "../../core/model/tritonConfig.ts";
import { problemOf, syncFolder, writeSynced } from "./modelStoreFiles.ts";

/**
 * Describes this version, the newest; written only when it says something new, by one rename.
 * @throws CB_MODEL_PUBLISH_FAILED; the version stands, and publishing it again mends the file
 */
export async function writeTritonConfig(folder: string, manifest: Manifest): Promise<void> {
  const path = join(folder, TRITON_CONFIG_FILE);
  const text = tritonConfig(manifest.policy, manifest);
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
  const draft = `${path}.${process.pid}.part`;
  try {
    await writeSynced(draft, new TextEncoder().encode(text));
    await rename(draft, path);
    await syncFolder(folder);
  } catch (error) {
    throw new BrigandError("CB_MODEL_PUBLISH_FAILED", { problem: problemOf(error) }, undefined, { cause: error });
  }
}
