import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { connectRedis } from "../../../src/adapters/redis/connection.ts";
import { managedRedisUrl } from "../../../src/adapters/redis/managed.ts";
import { isRunning, poll, runBrigand, startBrigand } from "../../support/processes.ts";
import { temporaryFolder } from "../../support/tmp.ts";

/** Every process whose environment names this data folder, and the Redis in it. */
function processesOf(dataDir: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => mentions(pid, dataDir));
}

function mentions(pid: number, dataDir: string): boolean {
  try {
    const texts = ["environ", "cmdline"].map((name) => readFileSync(`/proc/${pid}/${name}`, "utf8"));
    return pid !== process.pid && isRunning(pid) && texts.some((text) => text.includes(dataDir));
  } catch {
    return false;
  }
}

describe.runIf(process.platform === "linux")("brigand start", () => {
  it("is ready within seconds, and one Ctrl-C stops all of it", async () => {
    const dataDir = temporaryFolder();
    const from = performance.now();
    const brigand = await startBrigand("start", { dataDir });
    expect(performance.now() - from).toBeLessThan(15_000);
    await brigand.until(/ready after [\d.]+ s at http:\/\/127\.0\.0\.1:\d+/);
    await poll(10_000, () => (processesOf(dataDir).length >= 4 ? true : undefined));
    brigand.kill("SIGINT");
    expect(await brigand.exited).toBe(0);
    expect(processesOf(dataDir)).toEqual([]);
  });

  it("leaves nothing behind when it is killed, and starts again on the same folder", async () => {
    const dataDir = temporaryFolder();
    const first = await startBrigand("start", { dataDir });
    first.kill("SIGKILL");
    await first.exited;
    await poll(10_000, () => (processesOf(dataDir).length === 0 ? true : undefined));
    const second = await startBrigand("start", { dataDir });
    expect((await fetch(`${second.url}/health/ready`)).status).toBe(200);
  });

  it("starts Redis again when it dies", async () => {
    const brigand = await startBrigand("start");
    const redis = connectRedis({ url: managedRedisUrl(brigand.dataDir), role: "worker" });
    const pid = Number(/process_id:(\d+)/.exec(await redis.info("server"))?.[1]);
    process.kill(pid, "SIGKILL");
    await brigand.until(/redis ended \(SIGKILL\)/);
    expect(await redis.ping()).toBe("PONG");
    redis.disconnect();
  });

  it("refuses a second start on the same folder, and a taken port", async () => {
    const first = await startBrigand("start");
    const again = await runBrigand(["start", "--data-dir", first.dataDir, "--port", "0"]);
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(new RegExp(`^brigand: CB_DATA_DIR_BUSY: .*process ${first.pid} runs on`));
    const port = new URL(first.url).port;
    const elsewhere = await runBrigand(["start", "--data-dir", temporaryFolder(), "--port", port]);
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.stderr).toMatch(/^brigand: CB_PORT_BUSY: /);
  });
});
