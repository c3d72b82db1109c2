/** Manifests: what makes files count. Each names the files of one flush; together they form a chain without gaps. */
import { link, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { PolicyName, Position } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { syncFolder, writeDurably } from "./durable.ts";
import { type FlushRange, manifestDraftName, manifestFolder, manifestName } from "./layout.ts";

export interface ManifestFile {
  /** Below the policy's folder. */
  readonly path: string;
  /** UTC day of the rows' `at`, and their subject bucket. */
  readonly date: string;
  readonly bucket: string;
  readonly rows: number;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface Manifest extends FlushRange {
  readonly formatVersion: number;
  readonly policy: PolicyName;
  /** Where a reader of the joined log must start again so that every decision open at `to` is met: ≤ `to`. */
  readonly heldFrom: Position;
  readonly fence: number;
  readonly rows: number;
  /** Names of the policy's encoder columns as of `to`; a row's features are the first `columns` of them. */
  readonly columnNames: readonly string[];
  readonly files: readonly ManifestFile[];
}

interface Place {
  readonly dataDir: string;
  readonly policy: PolicyName;
}

/**
 * All manifests by position.
 * @throws CB_INTERACTIONS_DAMAGED when one cannot be read or does not start where the one before ends.
 */
export async function readManifests(place: Place): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const name of await names(place)) {
    const manifest = await readOne(place, name);
    const before = manifests.at(-1);
    if (before !== undefined && before.to !== manifest.from) {
      throw damaged(name, `starts at ${manifest.from}, the one before ends at ${before.to}`);
    }
    manifests.push(manifest);
  }
  return manifests;
}

/** The newest manifest, if there is any. Cost: one listing, one file. */
export async function lastManifest(place: Place): Promise<Manifest | undefined> {
  const name = (await names(place)).at(-1);
  return name === undefined ? undefined : readOne(place, name);
}

/** The manifest of the flush that starts at `from`. */
export async function manifestAt(place: Place, from: Position): Promise<Manifest | undefined> {
  const name = manifestName(from);
  return (await names(place)).includes(name) ? readOne(place, name) : undefined;
}

/**
 * Makes a flush count: the file appears whole and fsynced, or not at all.
 * @returns false when a flush that starts at the same place was committed before.
 */
export async function commitManifest(place: Place, manifest: Manifest): Promise<boolean> {
  const folder = manifestFolder(place.dataDir, place.policy);
  await mkdir(folder, { recursive: true });
  const draft = join(folder, manifestDraftName(manifest.from, manifest.fence));
  await writeDurably(draft, `${JSON.stringify(manifest, null, 1)}\n`);
  try {
    // Unlike rename, link refuses to replace: this is the exclusive creation.
    await link(draft, join(folder, manifestName(manifest.from)));
    await syncFolder(folder);
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function names({ dataDir, policy }: Place): Promise<string[]> {
  try {
    const all = await readdir(manifestFolder(dataDir, policy));
    return all.filter((name) => /^manifest-\d{16}\.json$/.test(name)).sort();
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

async function readOne({ dataDir, policy }: Place, name: string): Promise<Manifest> {
  const text = await readFile(join(manifestFolder(dataDir, policy), name), "utf8");
  try {
    const manifest: unknown = JSON.parse(text);
    if (isManifest(manifest) && manifestName(manifest.from) === name) return manifest;
  } catch (error) {
    throw damaged(name, String(error));
  }
  throw damaged(name, "lacks fields, or starts elsewhere than its name says");
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== "object" || value === null) return false;
  const numbers = ["formatVersion", "from", "to", "heldFrom", "fence", "rows"];
  const fields: Record<string, unknown> = { ...value };
  return (
    numbers.every((name) => Number.isSafeInteger(fields[name])) &&
    Array.isArray(fields.files) &&
    Array.isArray(fields.columnNames)
  );
}

function damaged(name: string, problem: string): BrigandError {
  return new BrigandError("CB_INTERACTIONS_DAMAGED", { name, problem });
}

export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
