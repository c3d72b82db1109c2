/** Files that survive power loss: contents fsynced before the name counts. */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

const CHUNK_BYTES = 1 << 20;

/** Writes a new file and fsyncs it. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Fsyncs a folder, so that names created in it last. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Fsyncs a finished file and measures it. Cost: one read of the file. */
export async function seal(path: string): Promise<{ bytes: number; sha256: string }> {
  const file = await open(path, "r");
  try {
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
    }
    await file.sync();
    return { bytes, sha256: hash.digest("hex") };
  } finally {
    await file.close();
  }
}
