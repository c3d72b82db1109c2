/** A Redis of a test's own: the managed one on a private socket below a temporary folder. */
import { onTestFinished } from "vitest";
import { type ManagedRedis, startManagedRedis } from "../../src/adapters/redis/managed.ts";
import { temporaryFolder } from "./tmp.ts";

const MEMORY_BYTES_MAX = 64 * 1024 * 1024;

/** Starts it; it is stopped when the running test has finished. Call it inside a test. */
export async function startTestRedis(dataDir: string = temporaryFolder()): Promise<ManagedRedis> {
  const redis = await startManagedRedis({ dataDir, bytesMax: MEMORY_BYTES_MAX });
  onTestFinished(() => redis.stop());
  return redis;
}
