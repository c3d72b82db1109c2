/** What a policy's folder of models holds, by names alone. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { MANIFEST_FILE } from "../../core/model/manifest.ts";

const VERSION = /^[1-9]\d{0,14}$/;

/** Complete versions above `after`, ascending. */
export async function versionsIn(policyFolder: string, after: number): Promise<readonly number[]> {
  const newer = (await numbersIn(policyFolder)).filter((version) => version > after);
  const complete = await Promise.all(
    newer.map((version) => exists(join(policyFolder, String(version), MANIFEST_FILE))),
  );
  return newer.filter((_, index) => complete[index]);
}

/** Every folder named like a version, complete or not, ascending. */
export async function numbersIn(policyFolder: string): Promise<readonly number[]> {
  const numbered = (await names(policyFolder)).filter((name) => VERSION.test(name));
  return numbered.map(Number).sort((a, b) => a - b);
}

/** Names in a folder; none when it is not there. */
export async function names(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
