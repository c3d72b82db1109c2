/** A disk of some megabytes in memory at a folder, to be filled: needs root and a kernel that lets it mount. */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface SmallDisk {
  fill(): void;
  free(): void;
  unmount(): void;
}

const PIECE_BYTES = 1024 * 1024;

/** `problem` in words where this machine does not allow it. */
export function mountSmallDisk(folder: string, bytes: number): SmallDisk | { readonly problem: string } {
  const done = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=0700`, "tmpfs", folder], {
    encoding: "utf8",
  });
  if (done.status !== 0) {
    return { problem: `a small disk cannot be mounted here: ${(done.stderr ?? String(done.error)).trim()}` };
  }
  const filler = join(folder, "filler");
  return {
    fill: () => fill(filler),
    free: () => rmSync(filler, { force: true }),
    unmount: () => void spawnSync("umount", ["-l", folder]),
  };
}

function fill(path: string): void {
  const file = openSync(path, "a");
  for (let bytes = PIECE_BYTES; bytes >= 1; ) {
    try {
      if (writeSync(file, new Uint8Array(bytes)) < bytes) bytes = Math.floor(bytes / 2);
    } catch {
      bytes = Math.floor(bytes / 2);
    }
  }
  closeSync(file);
}
