/** The file operations the log rests on, as an interface: tests put a disk that fills up behind it. */
import { close, fdatasync, fsync, ftruncate, mkdir, open, rename, unlink, write, writeSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";

export interface Files {
  open(path: string, flags: string): Promise<number>;
  /** Bytes written, which may be fewer than given. */
  write(fd: number, bytes: Uint8Array, position: number): Promise<number>;
  datasync(fd: number): Promise<void>;
  truncate(fd: number, bytes: number): Promise<void>;
  close(fd: number): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): Promise<void>;
}

const opened = promisify(open);
const closed = promisify(close);
const synced = promisify(fsync);
const made = promisify(mkdir);
const moved = promisify(rename);

export const files: Files = {
  open: (path, flags) => opened(path, flags),
  write: writeOnce,
  datasync: promisify(fdatasync),
  truncate: promisify(ftruncate),
  close: closed,
  unlink: promisify(unlink),
  syncDirectory: async (path) => {
    const fd = await opened(path, "r");
    try {
      await synced(fd);
    } finally {
      await closed(fd);
    }
  },
};

/** Up to here a write is a copy into the page cache of a few microseconds; waking a thread for it costs more. */
const AT_ONCE_BYTES_MAX = 256 * 1024;
/** Two writes within `REST_MS` that took longer met a disk that cannot keep up: for a while others wait on a thread. */
const SLOW_MS = 3;
const REST_MS = 2_000;
let slowAt = Number.NEGATIVE_INFINITY;
let threadsUntil = 0;

async function writeOnce(fd: number, bytes: Uint8Array, position: number): Promise<number> {
  const from = performance.now();
  if (bytes.byteLength > AT_ONCE_BYTES_MAX || from < threadsUntil) return writeByThread(fd, bytes, position);
  const n = writeSync(fd, bytes, 0, bytes.byteLength, position);
  const now = performance.now();
  if (now - from > SLOW_MS) {
    // One alone is as likely this thread's having to wait for a core.
    if (now - slowAt < REST_MS) threadsUntil = now + REST_MS;
    slowAt = now;
  }
  return n;
}

function writeByThread(fd: number, bytes: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, 0, bytes.byteLength, position, (error, n) => (error ? reject(error) : resolve(n)));
  });
}

/** A directory with its parents, all of whose names survive power loss. Cost when it exists: one system call. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await made(path, { recursive: true });
  if (first === undefined) return;
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    await files.syncDirectory(parent);
    if (parent === dirname(first) || parent === dirname(parent)) return;
  }
}

/** Writes all bytes at `position`. On an error says how far it came, so that the caller can cut there. */
export async function writeAll(
  disk: Files,
  to: { readonly fd: number; readonly bytes: Uint8Array; readonly position: number },
): Promise<{ readonly written: number; readonly error?: unknown }> {
  let written = 0;
  while (written < to.bytes.byteLength) {
    try {
      const n = await disk.write(to.fd, written === 0 ? to.bytes : to.bytes.subarray(written), to.position + written);
      if (!(n > 0)) return { written, error: new Error("the disk took nothing") };
      written += n;
    } catch (error) {
      return { written, error };
    }
  }
  return { written };
}

/** Replaces a file whole, durably: readers see the old bytes or the new ones. The directory exists. */
export async function writeFileDurably(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  const fd = await opened(temporary, "w");
  try {
    const { error } = await writeAll(files, { fd, bytes, position: 0 });
    if (error !== undefined) throw error;
    await synced(fd);
  } finally {
    await closed(fd);
  }
  await moved(temporary, path);
  await files.syncDirectory(dirname(path));
}
