/** Who holds a lease folder, for the message that says so. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Pid in the newest lease file of the folder; 0 when nobody can be read. Written by `adapters/fs/lease.ts`. */
export function holderPid(folder: string): number {
  const newest = readdirSync(folder)
    .filter((name) => name.startsWith("lease-"))
    .sort()
    .at(-1);
  if (newest === undefined) return 0;
  try {
    const holder: { readonly pid?: number } = JSON.parse(readFileSync(join(folder, newest), "utf8"));
    return holder.pid ?? 0;
  } catch {
    return 0;
  }
}
