/** The product as a user starts it: `brigand start` on a data folder and a port of its own. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { tryPort } from "../../src/adapters/system/port.ts";
import { openClient } from "./http.ts";

export interface Product {
  readonly supervisor: number;
  readonly url: string;
  readonly dataDir: string;
  /** What it printed. */
  readonly logFile: string;
  stop(): Promise<void>;
}

const READY_MS = 30_000;
const STOP_MS = 20_000;

export async function startProduct(given: {
  readonly main: string;
  readonly folder: string;
  readonly redisUrl?: string;
}): Promise<Product> {
  const { main, folder, redisUrl } = given;
  const dataDir = join(folder, "data");
  const port = await tryPort({ host: "127.0.0.1", port: 0 });
  const { PATH, HOME, TMPDIR } = process.env;
  const settings = {
    DATA_DIR: dataDir,
    HOST: "127.0.0.1",
    PORT: String(port),
    LOG_LEVEL: "info",
    COMPACT_INTERVAL_MS: "2000",
    DEMO: "off",
  };
  const env = { PATH, HOME, TMPDIR, ...settings, ...(redisUrl && { REDIS_URL: redisUrl }) };
  const logFile = join(folder, "product.log");
  const log = openSync(logFile, "a");
  const child = spawn(process.execPath, [main, "start"], { env, stdio: ["ignore", log, log] });
  closeSync(log);
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url).catch((error: unknown) => {
    child.kill("SIGTERM");
    throw error;
  });
  return {
    supervisor: child.pid ?? 0,
    url,
    dataDir,
    logFile,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

async function untilReady(url: string): Promise<void> {
  const client = openClient(url);
  const until = performance.now() + READY_MS;
  while (performance.now() < until) {
    const answer = await client.send("GET", "/health/ready").catch(() => undefined);
    if (answer?.status === 200) return client.close();
    await sleep(50);
  }
  client.close();
  throw new Error(`not ready within ${READY_MS} ms`);
}

/** Runs `brigand replay --verify` of the policy; undefined where it failed before it could tell. */
export async function verify(given: {
  readonly main: string;
  readonly dataDir: string;
  readonly policy: string;
}): Promise<{ readonly equal: boolean; readonly text: string }> {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, [given.main, "replay", "--verify", "--json", "--policy", given.policy], {
    env: { PATH, HOME, TMPDIR, DATA_DIR: given.dataDir },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.once("close", (exit) => done(exit)));
  return { equal: code === 0 && text.includes('"equal":true'), text: text.trim() };
}
