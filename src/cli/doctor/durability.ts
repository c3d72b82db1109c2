/** Measures what an fsync in the data folder is worth. */
import { closeSync, fdatasyncSync, mkdirSync, openSync, statfsSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Found } from "./checks.ts";

const WRITES = 15;
const WRITE_BYTES = 4096;
/** No device acknowledges a flush faster; a quicker answer comes from memory. */
const DEVICE_MS_LEAST = 0.02;
/** f_type of file systems that live in memory: tmpfs, ramfs. */
const MEMORY_TYPES: readonly number[] = [0x01021994, 0x858458f6];

/** Writes and syncs a few pages; tells the median time and the durability level that holds here. Cost: up to a second. */
export function measureSync(dataDir: string): Found {
  const path = join(dataDir, `.doctor-${process.pid}`);
  try {
    mkdirSync(dataDir, { recursive: true });
    const median = medianSyncMs(path);
    const inMemory = MEMORY_TYPES.includes(statfsSync(dataDir).type);
    const found = `${dataDir} can be written, fdatasync ${median.toFixed(2)} ms`;
    if (!inMemory && median >= DEVICE_MS_LEAST) return { verdict: "ok", found: `${found}, durability level disk` };
    const why = inMemory ? "it lies in memory" : "no device is so quick";
    const hint = `${why}: acknowledged lines survive a crash of Brigand, not of the machine; use a local disk`;
    return { verdict: "warn", found: `${found}, durability level process`, hint };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { verdict: "fail", found: problem, hint: "set DATA_DIR to a folder that this user may write" };
  }
}

function medianSyncMs(path: string): number {
  const file = openSync(path, "w");
  try {
    const page = new Uint8Array(WRITE_BYTES).fill(1);
    const times: number[] = [];
    for (let n = 0; n < WRITES; n++) {
      writeSync(file, page);
      const from = performance.now();
      fdatasyncSync(file);
      times.push(performance.now() - from);
    }
    return times.sort((a, b) => a - b)[WRITES >> 1] ?? 0;
  } finally {
    closeSync(file);
    unlinkSync(path);
  }
}
