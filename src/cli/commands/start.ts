/** brigand start: everything in one terminal, until Ctrl-C. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { isUnused, readDemoMarker, writeDemoMarker } from "../../adapters/fs/demoMarker.ts";
import { layoutOf } from "../../adapters/fs/layout.ts";
import { FileLeases } from "../../adapters/fs/lease.ts";
import { findRedisServer, managedRedisUrl, startManagedRedis } from "../../adapters/redis/managed.ts";
import { systemClock } from "../../adapters/system/clock.ts";
import { tryPort } from "../../adapters/system/port.ts";
import { type Config, environment, environmentOf } from "../../config.ts";
import { BrigandError } from "../../core/errors.ts";
import { DEMO_MS } from "../../core/simulator/demo.ts";
import type { Lease } from "../../ports/log.ts";
import { checkListening } from "../access/audited.ts";
import { printLine } from "../output.ts";
import { configFrom, withServerSettings } from "../settings.ts";
import { startChild } from "../supervise/child.ts";
import { holderPid } from "../supervise/holder.ts";
import { prettyLine } from "../supervise/logLine.ts";
import { watchReady } from "../supervise/ready.ts";
import { type ProcessRow, supervise } from "../supervise/supervisor.ts";

export function register(program: Command): void {
  const command = program
    .command("start")
    .description("Run Redis, a server and a worker in this terminal; Ctrl-C stops all of it")
    .addHelpText(
      "after",
      `
Examples:
  $ brigand start                        http://127.0.0.1:8080, everything in ./data
  $ brigand start --port 0               any free port; the address is printed
  $ brigand start --no-demo              without the simulated policy
  $ REDIS_URL=redis://127.0.0.1:6379 brigand start
  $ brigand start --set walBytesMax=1000000000 retrainIntervalMs=5000

A part that crashes is started again. Without REDIS_URL a private Redis runs on a socket in DATA_DIR.`,
    );
  command.option("--no-demo", "leave out the simulated policy that a first start shows (DEMO=off)");
  withServerSettings(command).action(async (options: { readonly [name: string]: unknown }) => {
    const config = configFrom(options);
    await start(options.demo === false ? { ...config, demo: "off" } : config);
  });
}

async function start(given: Config): Promise<void> {
  const stopped = new Promise<string>((stop) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop(signal));
  });
  if (given.redisUrl === undefined && findRedisServer() === undefined) throw new BrigandError("CB_REDIS_MISSING");
  const lease = await holdDataDir(given.dataDir);
  checkListening(given);
  const port = await freePort(given);
  const config = { ...given, port, redisUrl: given.redisUrl ?? managedRedisUrl(given.dataDir) };
  const names = (await demoWanted(config)) ? ["serve", "work", "demo"] : ["serve", "work"];
  const ours = names.map((name) => ourRow(name, config));
  const table = given.redisUrl === undefined ? [redisRow(config), ...ours] : ours;
  const supervisor = supervise(table, {
    tell: (line) => printLine(`brigand: ${line}`),
    stopTimeoutMs: STOP_TIMEOUT_MS + config.drainMs,
  });
  const readiness = watchReady({ host: config.host, port, tell: printLine });
  await stopped;
  readiness.end();
  printLine("brigand: stopping");
  await supervisor.stop();
  await lease.release();
  printLine("brigand: stopped");
}

const STOP_TIMEOUT_MS = 5000;

/** @throws CB_DATA_DIR_BUSY, CB_DATA_DIR_UNUSABLE */
async function holdDataDir(dataDir: string): Promise<Lease> {
  const folder = join(dataDir, "start");
  let lease: Lease | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    lease = await new FileLeases().acquire(folder);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new BrigandError("CB_DATA_DIR_UNUSABLE", { path: dataDir, problem });
  }
  if (lease !== undefined) return lease;
  throw new BrigandError("CB_DATA_DIR_BUSY", { path: dataDir, pid: holderPid(folder) });
}

/** The port that the server will get; a taken one is told now and not by a server that crashes again and again. */
async function freePort(config: Config): Promise<number> {
  try {
    return await tryPort({ host: config.host, port: config.port });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new BrigandError("CB_PORT_BUSY", { host: config.host, port: config.port, problem });
  }
}

function redisRow(config: Config): ProcessRow {
  return {
    name: "redis",
    stage: 1,
    start: () => startManagedRedis({ dataDir: config.dataDir, bytesMax: config.redisBytesMax }),
  };
}

function ourRow(name: string, config: Config): ProcessRow {
  const main = fileURLToPath(new URL("../main.js", import.meta.url));
  const env = { ...environment(), ...environmentOf(config) };
  const onLine = process.stdout.isTTY ? (line: string) => printLine(prettyLine(name, line)) : undefined;
  const args = name === "demo" ? [main, name, "run"] : [main, name];
  return { name, stage: 0, mayEnd: name === "demo", start: async () => startChild({ name, args, env, onLine }) };
}

/** On the first start of an unused data folder, and again until it was removed or its hour is over. */
async function demoWanted(config: Config): Promise<boolean> {
  if (config.demo === "off") return false;
  const layout = layoutOf(config.dataDir, config.workspace);
  const now = systemClock.now();
  if (readDemoMarker(layout) === undefined && isUnused(layout)) {
    await writeDemoMarker(layout, { state: "running", since: now });
    printLine('brigand: the policy "demo" is simulated; remove it on the page, or with: brigand demo remove');
  }
  const marker = readDemoMarker(layout);
  return marker?.state === "running" && now < marker.since + DEMO_MS;
}
