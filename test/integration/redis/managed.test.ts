import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectRedis, unixPath } from "../../../src/adapters/redis/connection.ts";
import { managedRedisUrl, startManagedRedis } from "../../../src/adapters/redis/managed.ts";
import { isRunning, poll } from "../../support/processes.ts";
import { startTestRedis } from "../../support/redis.ts";
import { temporaryFolder } from "../../support/tmp.ts";

const bytesMax = 64 * 1024 * 1024;

describe("the managed Redis", () => {
  it("answers on a private socket only, with the promised settings", async () => {
    const started = await startTestRedis();
    const redis = connectRedis({ url: started.url, role: "worker" });
    const settings = ["port", "appendonly", "appendfsync", "maxmemory-policy", "maxmemory"];
    const values = await Promise.all(settings.map((name) => redis.config("GET", name)));
    expect(values.map((pair) => Object.values(pair as object).at(-1))).toEqual([
      "0",
      "yes",
      "everysec",
      "noeviction",
      String(bytesMax),
    ]);
    expect(statSync(unixPath(started.url) ?? "").mode & 0o077).toBe(0);
    redis.disconnect();
  });

  it("keeps its data over a stop and a start, and leaves no process", async () => {
    const dataDir = temporaryFolder();
    const first = await startTestRedis(dataDir);
    const redis = connectRedis({ url: first.url, role: "worker" });
    await redis.set("kept", "yes");
    await first.stop();
    expect(isRunning(first.pid)).toBe(false);
    await startTestRedis(dataDir);
    expect(await redis.get("kept")).toBe("yes");
    redis.disconnect();
  });

  it("shuts down the one that an earlier run left on the socket", async () => {
    const dataDir = temporaryFolder();
    const orphan = await startTestRedis(dataDir);
    const next = await startTestRedis(dataDir);
    expect(next.pid).not.toBe(orphan.pid);
    expect(isRunning(orphan.pid)).toBe(false);
    expect(isRunning(next.pid)).toBe(true);
  });

  it("falls back to a short path when the data folder's is too long for a socket", async () => {
    const dataDir = join(temporaryFolder(), "x".repeat(110));
    mkdirSync(dataDir);
    const redis = await startTestRedis(dataDir);
    expect(unixPath(redis.url)?.length).toBeLessThan(108);
    expect(readFileSync(join(dataDir, "redis", "redis.conf"), "utf8")).toContain(dataDir);
    expect(managedRedisUrl(dataDir)).toBe(redis.url);
  });

  it("tells with a code that it could not start", async () => {
    const dataDir = temporaryFolder();
    const refused = startManagedRedis({ dataDir, bytesMax: -1 });
    await expect(refused).rejects.toMatchObject({ code: "CB_REDIS_FAILED" });
  });

  it("lets a producer fail at once while it is away, and a worker wait", async () => {
    const dataDir = temporaryFolder();
    const first = await startTestRedis(dataDir);
    const producer = connectRedis({ url: first.url, role: "producer" });
    const worker = connectRedis({ url: first.url, role: "worker" });
    await poll(5000, () => (producer.status === "ready" ? true : undefined));
    await first.stop();
    const from = performance.now();
    await expect(producer.set("a", "1")).rejects.toThrow();
    expect(performance.now() - from).toBeLessThan(1000);
    const waiting = worker.set("b", "2");
    await startTestRedis(dataDir);
    expect(await waiting).toBe("OK");
    for (const redis of [producer, worker]) redis.disconnect();
  });
});
