/** The processes of a product under test, found from its supervisor downwards: never one that somebody else started. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Kind, POLICY } from "./options.ts";

/** Pid of the process of a kind that runs now; undefined while there is none. Linux only. */
export function pidOf(
  kind: Kind,
  product: { readonly supervisor: number; readonly dataDir: string },
): number | undefined {
  const below = childrenOf(product.supervisor);
  if (kind === "server") return below.find((pid) => argumentsOf(pid).at(-1) === "serve");
  if (kind === "redis") return below.find((pid) => /(redis|valkey)-server/.test(argumentsOf(pid).join(" ")));
  const worker = below.find((pid) => argumentsOf(pid).at(-1) === "work");
  if (kind === "worker" || worker === undefined) return worker;
  const holder = jobHolder(product.dataDir, kind === "trainer" ? "retrain" : "compact");
  return holder !== undefined && childrenOf(worker).includes(holder.pid) ? holder.pid : undefined;
}

/** Who did the last job of a kind, and whether it is at it right now. */
export function jobHolder(
  dataDir: string,
  job: string,
): { readonly pid: number; readonly working: boolean } | undefined {
  const folder = join(dataDir, "train", POLICY, job);
  const newest = namesOf(folder)
    .filter((name) => name.startsWith("lease-"))
    .toSorted()
    .at(-1);
  if (newest === undefined) return undefined;
  try {
    const holder: { readonly pid: number; readonly released?: boolean } = JSON.parse(
      readFileSync(join(folder, newest), "utf8"),
    );
    return { pid: holder.pid, working: holder.released !== true };
  } catch {
    return undefined;
  }
}

/** Processes that still have the data folder in their environment or command line: none once the product has stopped. */
export function leftOver(dataDir: string): readonly number[] {
  return namesOf("/proc")
    .map(Number)
    .filter((pid) => {
      if (!(pid > 0) || pid === process.pid) return false;
      return [`/proc/${pid}/environ`, `/proc/${pid}/cmdline`].some((path) => textOf(path).includes(dataDir));
    });
}

function childrenOf(pid: number): number[] {
  return namesOf(`/proc/${pid}/task`).flatMap((task) =>
    textOf(`/proc/${pid}/task/${task}/children`).split(" ").filter(Boolean).map(Number),
  );
}

function argumentsOf(pid: number): string[] {
  return textOf(`/proc/${pid}/cmdline`).split("\0").filter(Boolean);
}

function namesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
