/**
 * The built command line as child processes, each on a temporary DATA_DIR and a free port of the loopback interface.
 * `npm test` builds dist/ before; whoever runs vitest by hand runs `node prepare.mjs test` first.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { tryPort } from "../../src/adapters/system/port.ts";
import { projectRoot } from "./shared.ts";
import { temporaryFolder } from "./tmp.ts";

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 25;

/** A process that a test started. */
export interface StartedProcess {
  readonly pid: number;
  /** What it wrote to stdout and stderr so far. */
  output(): string;
  /** Resolves with its exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | string>;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, SIGKILL when that does not end it in time. */
  stop(): Promise<number | string>;
  /** Resolves when the output matches; rejects when it ends before or takes too long. */
  until(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
}

export interface StartedBrigand extends StartedProcess {
  readonly url: string;
  readonly dataDir: string;
}

export interface BrigandOptions {
  readonly dataDir?: string;
  readonly port?: number;
  readonly env?: { readonly [name: string]: string };
  readonly args?: readonly string[];
  /** Whether to wait until GET /health/ready answers 200; default true, for start and serve only. */
  readonly ready?: boolean;
}

/** Starts `brigand start|serve|work`; it is stopped when the running test has finished. Call it inside a test. */
export async function startBrigand(
  command: "start" | "serve" | "work",
  options: BrigandOptions = {},
): Promise<StartedBrigand> {
  const dataDir = options.dataDir ?? temporaryFolder();
  const port = options.port ?? (await tryPort({ host: "127.0.0.1", port: 0 }));
  const settings = { DATA_DIR: dataDir, HOST: "127.0.0.1", PORT: String(port), LOG_LEVEL: "info", DEMO: "off" };
  const env = { ...cleanEnvironment(), ...settings, ...options.env };
  const started = startProcess([brigandMain(), command, ...(options.args ?? [])], { env });
  const url = `http://127.0.0.1:${port}`;
  if (command !== "work" && options.ready !== false) await untilReady(started, url);
  return { ...started, url, dataDir };
}

/** Runs a command to its end. */
export async function runBrigand(
  args: readonly string[],
  env: { readonly [name: string]: string } = {},
): Promise<{ readonly code: number | string; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [brigandMain(), ...args], { env: { ...cleanEnvironment(), ...env } });
  const text = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (text.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text.stderr += chunk.toString()));
  const code = await new Promise<number | string>((done) =>
    child.once("close", (exit, signal) => done(signal ?? exit ?? 0)),
  );
  return { code, ...text };
}

/** Any Node script as a child; stopped when the running test has finished. */
export function startProcess(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): StartedProcess {
  const child = spawn(process.execPath, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  let ended = false;
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const exited = new Promise<number | string>((done) => {
    child.once("exit", (code, signal) => {
      ended = true;
      done(signal ?? code ?? 0);
    });
  });
  const stop = () => stopped(child, exited);
  onTestFinished(async () => void (await stop()));
  return {
    pid: child.pid ?? 0,
    output: () => text,
    exited,
    kill: (signal) => child.kill(signal),
    stop,
    until: (pattern, timeoutMs = READY_TIMEOUT_MS) =>
      poll(timeoutMs, () => {
        const match = pattern.exec(text);
        if (match === null && ended) throw new Error(`ended before ${pattern} came:\n${text}`);
        return match ?? undefined;
      }).catch((error: Error) => Promise.reject(new Error(`${error.message} (${pattern}):\n${text}`))),
  };
}

/** Asks until the answer is not undefined. */
export async function poll<Answer>(
  timeoutMs: number,
  ask: () => Answer | undefined | Promise<Answer | undefined>,
): Promise<Answer> {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`nothing came within ${timeoutMs} ms`);
    await sleep(POLL_MS);
  }
}

/** Whether a process of this id runs; one that has ended and was not yet waited for does not. */
export function isRunning(pid: number): boolean {
  try {
    if (process.platform !== "linux") return process.kill(pid, 0);
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !["Z", "X"].includes(stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3));
  } catch {
    return false;
  }
}

function brigandMain(): string {
  const main = join(projectRoot, "dist", "src", "cli", "main.js");
  if (!existsSync(main)) throw new Error("dist/ is missing: run node prepare.mjs test");
  return main;
}

/** Without the settings of whoever runs the tests. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR };
}

async function untilReady(started: StartedProcess, url: string): Promise<void> {
  let ended: number | string | undefined;
  void started.exited.then((how) => (ended = how));
  await poll(READY_TIMEOUT_MS, async () => {
    if (ended !== undefined) throw new Error(`ended with ${ended} before it was ready:\n${started.output()}`);
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    await answer?.arrayBuffer();
    return answer?.status === 200 ? true : undefined;
  });
}

async function stopped(child: ChildProcess, exited: Promise<number | string>): Promise<number | string> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  const how = await exited;
  clearTimeout(timer);
  return how;
}
