/** What `brigand doctor` looks at. Each check finds out for itself and never throws. */
import { existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectRedis } from "../../adapters/redis/connection.ts";
import { findRedisServer } from "../../adapters/redis/managed.ts";
import { tryPort } from "../../adapters/system/port.ts";
import { outputOf } from "../../adapters/system/programs.ts";
import type { Config } from "../../config.ts";
import { measureSync } from "./durability.ts";

/** warn: works, with less than promised. */
export type Verdict = "ok" | "warn" | "fail";

export interface Finding {
  readonly name: string;
  readonly verdict: Verdict;
  readonly found: string;
  /** What to do about it. */
  readonly hint?: string;
}

export type Found = Omit<Finding, "name">;
type Check = (config: Config) => Found | Promise<Found>;

const NODE_LEAST = [20, 19] as const;
const GiB = 1024 ** 3;

const checks: { readonly [name: string]: Check } = {
  node: checkNode,
  build: checkBuild,
  "data folder": (config) => measureSync(config.dataDir),
  "free disk": checkDisk,
  keys: checkKeys,
  redis: checkRedis,
  onnxruntime: () => loads("onnxruntime-node"),
  duckdb: () => loads("@duckdb/node-api"),
  tensorflow: checkTensorflow,
  port: checkPort,
};

/** All checks, one after the other, so that they do not disturb each other's measuring. */
export async function examine(config: Config): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [name, check] of Object.entries(checks)) {
    try {
      findings.push({ name, ...(await check(config)) });
    } catch (error) {
      findings.push({ name, verdict: "fail", found: messageOf(error) });
    }
  }
  return findings;
}

function checkNode(): Found {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > NODE_LEAST[0] || (major === NODE_LEAST[0] && minor >= NODE_LEAST[1]);
  const found = `${process.versions.node} (${process.platform} ${process.arch})`;
  return enough
    ? { verdict: "ok", found }
    : { verdict: "fail", found, hint: `install Node ${NODE_LEAST.join(".")} or later` };
}

function checkBuild(): Found {
  const stamp = fileURLToPath(new URL("../../../.stamp", import.meta.url));
  if (!existsSync(stamp)) return { verdict: "warn", found: "made by hand", hint: "npm start builds what changed" };
  return {
    verdict: "ok",
    found: `${readFileSync(stamp, "utf8").slice(0, 12)} of ${statSync(stamp).mtime.toISOString()}`,
  };
}

/** By its files: loading it takes seconds. */
async function checkTensorflow({ embedBackend }: Config): Promise<Found> {
  const { nativeHome } = await import("../../../training/embed/backends/native.ts");
  const native = nativeHome() !== undefined;
  if (embedBackend === "native" && !native)
    return { verdict: "fail", found: "not assembled", hint: "npm run setup:tensorflow, or EMBED_BACKEND=auto" };
  return { verdict: "ok", found: native && embedBackend !== "wasm" ? "native" : "WebAssembly" };
}

function checkDisk(config: Config): Found {
  const disk = statfsSync(existsSync(config.dataDir) ? config.dataDir : ".");
  const free = disk.bavail * disk.bsize;
  const found = `${(free / GiB).toFixed(1)} GiB free`;
  if (free >= config.walBytesMax) return { verdict: "ok", found };
  const needs = `the write-ahead log may take ${(config.walBytesMax / GiB).toFixed(1)} GiB`;
  return { verdict: "warn", found, hint: `${needs}: make room, or lower WAL_BYTES_MAX` };
}

function checkKeys(config: Config): Found {
  const secret = join(config.dataDir, "secret");
  const paths = ["subject.key", "server.key"].map((name) => join(secret, name)).filter((path) => existsSync(path));
  if (paths.length === 0) return { verdict: "ok", found: "none yet: made at the first start" };
  const open = paths.filter((path) => (statSync(path).mode & 0o077) !== 0);
  if (open.length === 0) return { verdict: "ok", found: `${paths.length} files, readable by their owner only` };
  return { verdict: "fail", found: `readable by others: ${open.join(", ")}`, hint: `chmod 600 ${open.join(" ")}` };
}

async function checkRedis(config: Config): Promise<Found> {
  if (config.redisUrl !== undefined) return await checkRedisAt(config.redisUrl);
  const path = findRedisServer();
  const hint = "install redis-server or valkey-server, or set REDIS_URL";
  if (path === undefined) return { verdict: "fail", found: "no redis-server or valkey-server on PATH", hint };
  const version = /v=([\d.]+)/.exec(await outputOf(path, ["--version"]))?.[1] ?? "unknown version";
  return { verdict: "ok", found: `${path} ${version}, started by Brigand on a private socket` };
}

async function checkRedisAt(url: string): Promise<Found> {
  let problem = "no answer";
  const redis = connectRedis({
    url,
    role: "worker",
    onError: (error) => {
      problem = error.message;
    },
  });
  const timeout = new Promise<undefined>((resolve) => setTimeout(resolve, 2000, undefined).unref());
  const info = await Promise.race([redis.info("server").catch(() => undefined), timeout]);
  redis.disconnect();
  if (info === undefined)
    return { verdict: "fail", found: `REDIS_URL: ${problem}`, hint: "start it, or correct REDIS_URL" };
  return { verdict: "ok", found: `REDIS_URL, version ${/redis_version:(\S+)/.exec(info)?.[1] ?? "unknown"}` };
}

async function loads(library: string): Promise<Found> {
  try {
    await import(library);
    return { verdict: "ok", found: "loads" };
  } catch (error) {
    const hint = "npm ci; this platform needs a binary of it";
    return { verdict: "fail", found: messageOf(error).split("\n")[0] ?? "", hint };
  }
}

async function checkPort(config: Config): Promise<Found> {
  const address = `${config.host}:${config.port}`;
  try {
    await tryPort({ host: config.host, port: config.port });
    return { verdict: "ok", found: `${address} is free` };
  } catch (error) {
    return { verdict: "warn", found: `${address}: ${messageOf(error)}`, hint: "stop what listens there, or set PORT" };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
