/** `npm start` as a terminal runs it: a process group of its own, ended by Ctrl-C for the whole group. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { onTestFinished } from "vitest";
import { poll } from "../support/processes.ts";
import { projectRoot } from "../support/shared.ts";

const STOP_MS = 15_000;

export interface Product {
  readonly url: string;
  readonly output: () => string;
  /** Ctrl-C. Resolves with npm's exit code when all that held its output has gone. */
  interrupt(): Promise<number | string>;
}

/** Resolves when it says that it is ready. Call it inside a test. */
export async function npmStart(dataDir: string, timeoutMs: number, demo = false): Promise<Product> {
  const { PATH, HOME, TMPDIR } = process.env;
  const args = ["start", "--", "--port", "0", "--data-dir", dataDir, ...(demo ? [] : ["--no-demo"])];
  const env = { PATH, HOME, TMPDIR };
  const child = spawn("npm", args, { cwd: projectRoot, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  let how: number | string | undefined;
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.once("close", (code, signal) => (how = signal ?? code ?? 0));
  const signal = (name: NodeJS.Signals) => {
    if (how === undefined && child.pid !== undefined) process.kill(-child.pid, name);
  };
  onTestFinished(() => signal("SIGKILL"));
  const url = await poll(timeoutMs, () => {
    if (how !== undefined) throw new Error(`npm start ended with ${how}:\n${text}`);
    return /ready after \S+ s at (http:\S+)/.exec(text)?.[1];
  });
  const interrupt = () => {
    signal("SIGINT");
    return poll(STOP_MS, () => how);
  };
  return { url, output: () => text, interrupt };
}

/** Ids of the running processes that have the text in their command or environment, but for this one. */
export function processesNaming(text: string): number[] {
  if (!existsSync("/proc/self/environ")) {
    const { stdout } = spawnSync("ps", ["-A", "-E", "-o", "pid=,command="], { encoding: "utf8" });
    return stdout.split("\n").flatMap((line) => (line.includes(text) ? [Number.parseInt(line, 10)] : []));
  }
  const pids = readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid);
  return pids.filter((pid) => ["cmdline", "environ"].some((name) => readProc(pid, name).includes(text)));
}

function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}
