/**
 * The Redis that Brigand brings along: a redis-server or valkey-server of this machine on a private unix socket below
 * DATA_DIR, without a TCP port. Promises to callers rest on the write-ahead log, not on this Redis; it holds queues.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { BrigandError } from "../../core/errors.ts";
import { findProgram } from "../system/programs.ts";
import { unixPath } from "./connection.ts";

export interface ManagedRedis {
  readonly pid: number;
  readonly url: string;
  /** Resolves with how it ended: an exit code or a signal. */
  readonly exited: Promise<string>;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
  /** SIGTERM, then SIGKILL after the deadline; resolves when it is gone. */
  stop(): Promise<void>;
}

/** sun_path is 108 bytes with its closing zero. */
const SOCKET_PATH_BYTES_MAX = 107;
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5000;
const POLL_MS = 20;
const OUTPUT_KEPT = 2000;

/** Path of the server to start, undefined when none is on PATH. */
export function findRedisServer(): string | undefined {
  return findProgram("redis-server") ?? findProgram("valkey-server");
}

/** Address of the managed Redis of a data folder, whether it runs or not; the same for every process of the folder. */
export function managedRedisUrl(dataDir: string): string {
  const path = join(resolve(dataDir), "redis", "redis.sock");
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return `unix:${path}`;
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 16);
  return `unix:${join(tmpdir(), `brigand-${process.getuid?.() ?? 0}-${hash}`, "redis.sock")}`;
}

/**
 * Starts it and waits until it answers. One that an earlier, killed run left behind on the socket is shut down first.
 * Its data stays in DATA_DIR/redis. @throws CB_REDIS_MISSING, CB_REDIS_FAILED
 */
export async function startManagedRedis(redis: {
  readonly dataDir: string;
  readonly bytesMax: number;
}): Promise<ManagedRedis> {
  const program = findRedisServer();
  if (program === undefined) throw new BrigandError("CB_REDIS_MISSING");
  const url = managedRedisUrl(redis.dataDir);
  const socket = unixPath(url) ?? "";
  const folder = join(resolve(redis.dataDir), "redis");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!socket.startsWith(folder)) makePrivate(resolve(socket, ".."));
  await shutdownOrphan(socket);
  writeFileSync(join(folder, "redis.conf"), settings({ socket, folder, bytesMax: redis.bytesMax }), { mode: 0o600 });
  return await started(launch(program, folder), url);
}

function settings(redis: { readonly socket: string; readonly folder: string; readonly bytesMax: number }): string {
  return `# Written by Brigand at every start.
port 0
unixsocket ${JSON.stringify(redis.socket)}
unixsocketperm 700
dir ${JSON.stringify(redis.folder)}
daemonize no
appendonly yes
appendfsync everysec
save ""
maxmemory ${redis.bytesMax}
maxmemory-policy noeviction
loglevel warning
`;
}

/** In the shared temporary folder a name could have been taken by somebody else. */
function makePrivate(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (statSync(folder).uid !== process.getuid?.()) {
    throw new BrigandError("CB_REDIS_FAILED", { problem: `${folder} belongs to another user` });
  }
  chmodSync(folder, 0o700);
}

/**
 * In a session of its own, so that Ctrl-C in the terminal does not reach it before the workers are done. Where
 * util-linux offers it, the kernel ends it when this process dies in whatever way.
 */
function launch(program: string, folder: string): ChildProcess {
  const setpriv = process.platform === "linux" ? findProgram("setpriv") : undefined;
  const conf = join(folder, "redis.conf");
  const [command, args] = setpriv === undefined ? [program, [conf]] : [setpriv, ["--pdeathsig", "TERM", program, conf]];
  return spawn(command, args, { cwd: folder, detached: true, stdio: ["ignore", "pipe", "pipe"] });
}

async function started(child: ChildProcess, url: string): Promise<ManagedRedis> {
  let output = "";
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-OUTPUT_KEPT);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  let ended: string | undefined;
  const exited = new Promise<string>((done) => {
    child.once("error", (error) => done(error.message));
    child.once("exit", (code, signal) => done(signal ?? `exit code ${code}`));
  }).then((how) => {
    ended = how;
    return how;
  });
  const stop = () => terminated(child, exited);
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!(await answers(unixPath(url) ?? ""))) {
    if (ended === undefined && performance.now() < deadline) {
      await sleep(POLL_MS);
      continue;
    }
    await stop();
    const last = output.trim().split("\n").at(-1) ?? "";
    throw new BrigandError("CB_REDIS_FAILED", { problem: `${ended ?? "no answer in time"} ${last}`.trim() });
  }
  return { pid: child.pid ?? 0, url, exited, kill: (signal) => child.kill(signal), stop };
}

async function terminated(child: ChildProcess, exited: Promise<string>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}

/** Whether a Redis on this socket answers PING (while it still loads its file it does not count). */
async function answers(socket: string): Promise<boolean> {
  return (await ask(socket, (redis) => redis.ping())) === "PONG";
}

/** Ends the Redis that still listens on the socket, if any, and waits until it no longer does. */
async function shutdownOrphan(socket: string): Promise<void> {
  const info = await ask(socket, (redis) => redis.info("server"));
  if (info === undefined) return;
  const pid = Number(/^process_id:(\d+)/m.exec(info)?.[1]);
  await ask(socket, (redis) => redis.shutdown());
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (isAlive(pid)) {
    if (performance.now() > deadline) process.kill(pid, "SIGKILL");
    await sleep(POLL_MS);
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** One question on a connection of its own; undefined when nobody answers it. */
async function ask<Answer>(socket: string, question: (redis: Redis) => Promise<Answer>): Promise<Answer | undefined> {
  const redis = new Redis({
    path: socket,
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    commandTimeout: 1000,
    enableReadyCheck: false,
  });
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    return await question(redis);
  } catch {
    return undefined;
  } finally {
    redis.disconnect();
  }
}
