/**
 * The two secrets of an installation, shared by its servers, workers and command line, outside backups:
 *
 *   DATA_DIR/secret/            mode 0700
 *   DATA_DIR/secret/subject.key mode 0600, 64 hex digits and a line feed; makes pseudonyms
 *   DATA_DIR/secret/server.key  the same; makes the seeds of draws
 *
 * Without subject.key old subjects cannot be recognised again; without server.key nothing is lost (seeds are logged).
 */
import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { BrigandError } from "../../core/errors.ts";

export interface Keys {
  readonly subjectKey: KeyObject;
  readonly subjectKeyVersion: number;
  readonly serverKey: KeyObject;
}

/**
 * Reads both keys, making those that do not exist yet. Safe when several processes start at the same time: all get
 * the same keys.
 * @param given keys from the environment as 64 hex digits; a given key is used and no file is read or written for it.
 * @throws CB_SECRET_INVALID when a key is not 64 hex digits; the file system's own error when it refuses.
 */
export function loadKeys(
  dataDir: string,
  given: { readonly subjectKey?: string; readonly serverKey?: string } = {},
): Keys {
  const directory = join(dataDir, "secret");
  return {
    subjectKey:
      given.subjectKey === undefined ? keyFile(directory, "subject.key") : keyOf(given.subjectKey, "SUBJECT_KEY"),
    subjectKeyVersion: 1,
    serverKey: given.serverKey === undefined ? keyFile(directory, "server.key") : keyOf(given.serverKey, "SERVER_KEY"),
  };
}

function keyFile(directory: string, name: string): KeyObject {
  const path = join(directory, name);
  const text = readIfThere(path) ?? create(directory, path);
  return keyOf(text.trim(), path);
}

/**
 * Writes a fresh key beside `path` in full and links it into place: the link fails when somebody was first, and then
 * theirs counts. A reader never sees a part of a key.
 */
function create(directory: string, path: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const text = `${randomBytes(32).toString("hex")}\n`;
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  const file = openSync(draft, "wx", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(draft, path);
    syncDirectory(directory);
    return text;
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    return readFileSync(path, "utf8");
  } finally {
    unlinkSync(draft);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function keyOf(text: string, origin: string): KeyObject {
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw new BrigandError("CB_SECRET_INVALID", { came: `${text.length} characters in ${origin}` });
  }
  return createSecretKey(Buffer.from(text, "hex"));
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
