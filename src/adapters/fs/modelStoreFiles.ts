/** Reading and writing the files of a model folder: no links, bounded sizes, compared hashes, fsynced writes. */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { basename } from "node:path";
import { BrigandError } from "../../core/errors.ts";

/** System errors that the same file will give again; others (no descriptors, no memory) pass and are thrown as they are. */
const LASTING = new Set(["ENOENT", "ENOTDIR", "ELOOP", "EISDIR", "ENXIO", "EACCES", "EPERM"]);

/**
 * The bytes of a regular file, links refused. The size is read from the open file, so it cannot change under the check.
 * @throws CB_MODEL_FILE_INVALID
 */
export async function readRegular(path: string, bytesMax: number): Promise<Uint8Array> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) throw invalid(path, bytesMax, "it is something else");
    if (!(stat.size <= bytesMax)) throw invalid(path, bytesMax, `it has ${stat.size}`);
    return await handle.readFile();
  } catch (error) {
    if (error instanceof BrigandError || !LASTING.has(problemOf(error))) throw error;
    throw invalid(path, bytesMax, problemOf(error), error);
  } finally {
    await handle?.close();
  }
}

/** Bytes whose SHA-256 is the given one. @throws CB_MODEL_FILE_INVALID, CB_MODEL_HASH_MISMATCH */
export async function readHashed(path: string, expected: string, bytesMax: number): Promise<Uint8Array> {
  const bytes = await readRegular(path, bytesMax);
  const came = sha256(bytes);
  if (came !== expected) throw new BrigandError("CB_MODEL_HASH_MISMATCH", { file: basename(path), expected, came });
  return bytes;
}

/** A folder that is one itself, not a link to one. @throws CB_MODEL_FILE_INVALID */
export async function checkFolder(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat?.isDirectory() !== true)
    throw invalid(path, 0, stat === undefined ? "it is not there" : "its folder is a link or a file");
}

/** Writes a new file or replaces its bytes, durably but not atomically: for folders that nobody reads yet. */
export async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, "w", 0o644);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Code of a system error, else its text: never a path. */
export function problemOf(error: unknown): string {
  if (error instanceof Error && "code" in error) return String(error.code);
  return error instanceof Error ? error.message : String(error);
}

function invalid(path: string, maximum: number, problem: string, cause?: unknown): BrigandError {
  return new BrigandError("CB_MODEL_FILE_INVALID", { file: basename(path), maximum, problem }, undefined, { cause });
}
