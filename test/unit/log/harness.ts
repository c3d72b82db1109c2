/** What tests of the log share: a folder of their own, a disk that misbehaves on order, frames that tell who they are. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { type Files, files } from "../../../src/adapters/fs/durable.ts";
import { SegmentReader } from "../../../src/adapters/fs/segmentReader.ts";
import type { Frame } from "../../../src/core/log/frame.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "brigand-log-"));
  folders.push(path);
  return path;
}

/** A frame of any kind whose payload is the text. */
export function frame(text: string, kind = 2) {
  return { kind, time: 1, payload: [new TextEncoder().encode(text)] };
}

export function textOf(frame: Frame): string {
  return new TextDecoder().decode(frame.payload);
}

/** Every frame there is to read. */
export async function readAll(directory: string, from = 0, bytesMax = 1 << 20): Promise<Frame[]> {
  const reader = new SegmentReader({ directory, from });
  const found: Frame[] = [];
  try {
    for (;;) {
      const { frames } = await reader.read(bytesMax);
      if (frames.length === 0) return found;
      found.push(...frames);
    }
  } finally {
    reader.close();
  }
}

/** A disk with `room` bytes left, whose fsync fails while `syncFails`. */
export class SmallDisk implements Files {
  room = Number.POSITIVE_INFINITY;
  syncFails = false;
  truncateFails = false;
  syncs = 0;
  open = files.open;
  close = files.close;
  unlink = files.unlink;
  syncDirectory = files.syncDirectory;

  async write(fd: number, bytes: Uint8Array, position: number): Promise<number> {
    if (this.room <= 0) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    const taken = Math.min(bytes.byteLength, this.room);
    this.room -= taken;
    return files.write(fd, bytes.subarray(0, taken), position);
  }

  async datasync(fd: number): Promise<void> {
    this.syncs++;
    if (this.syncFails) throw Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
    return files.datasync(fd);
  }

  async truncate(fd: number, bytes: number): Promise<void> {
    if (this.truncateFails) throw Object.assign(new Error("EIO: i/o error, ftruncate"), { code: "EIO" });
    return files.truncate(fd, bytes);
  }
}

/** "kept" or the code of the error. */
export function outcome(durable: Promise<unknown>): Promise<string> {
  return durable.then(
    () => "kept",
    (error: { code: string }) => error.code,
  );
}
