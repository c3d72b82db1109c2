/** Removing old versions and what a killed publisher left behind. */
import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { numbersIn, versionsIn } from "./modelStoreFolder.ts";

/** Prefix of folders that are being written or removed. */
export const TEMPORARY = ".tmp-";

/** See `ModelStore.prune`. A version is renamed before it is removed, so no reader meets half of one. */
export async function pruneVersions(
  folder: string,
  { keep, except }: { readonly keep: number; readonly except: readonly number[] },
): Promise<readonly number[]> {
  const versions = await versionsIn(folder, 0);
  const kept = new Set([...versions.slice(-Math.max(1, keep)), ...except]);
  const going = versions.filter((version) => !kept.has(version));
  for (const version of going) {
    const temporary = join(folder, `${TEMPORARY}removed-${version}`);
    await rm(temporary, { recursive: true, force: true });
    await rename(join(folder, String(version)), temporary);
    await rm(temporary, { recursive: true, force: true });
  }
  return going;
}

/**
 * Removes temporary folders and versions without manifest that nobody has touched since `before` (milliseconds since
 * 1970): a publisher that still works is younger. The newest number is kept when its folder is incomplete, so that no
 * number is given twice. Called by the retrain job before it publishes.
 */
export async function removeAbandoned(folder: string, before: number): Promise<readonly string[]> {
  const complete = new Set((await versionsIn(folder, 0)).map(String));
  const newest = String((await numbersIn(folder)).at(-1));
  const all = await readdir(folder).catch(() => []);
  const abandoned: string[] = [];
  for (const name of all) {
    const unfinished =
      name.startsWith(TEMPORARY) || (/^[1-9]\d{0,14}$/.test(name) && !complete.has(name) && name !== newest);
    if (!unfinished || !((await modified(join(folder, name))) < before)) continue;
    await rm(join(folder, name), { recursive: true, force: true });
    abandoned.push(name);
  }
  return abandoned;
}

async function modified(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
}
