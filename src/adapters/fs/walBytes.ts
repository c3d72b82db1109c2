/** How much the write-ahead segments of the machine hold, measured now and then beside the work. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

const MEASURE_MS = 1000;

export interface WalMeter {
  /** As last measured; 0 before the first time. */
  bytes(): number;
  close(): void;
}

/** @param directory DATA_DIR/wal. @param failed is told when it cannot be measured. */
export function measureWal(directory: string, failed: (error: unknown) => void): WalMeter {
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const measure = async () => {
    try {
      bytes = await bytesUnder(directory);
    } catch (error) {
      failed(error);
    }
    if (!closed) timer = setTimeout(measure, MEASURE_MS).unref();
  };
  void measure();
  return {
    bytes: () => bytes,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** Files that go while they are counted do not count. */
async function bytesUnder(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(gone);
  let bytes = 0;
  for (const entry of entries ?? []) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) bytes += await bytesUnder(path);
    else bytes += (await stat(path).catch(gone))?.size ?? 0;
  }
  return bytes;
}

function gone(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
