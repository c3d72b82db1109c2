/** A Node process of ours as the supervisor starts it. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Environment } from "../../config.ts";
import type { Running } from "./supervisor.ts";

export interface ChildOptions {
  readonly name: string;
  /** The script and its arguments. */
  readonly args: readonly string[];
  readonly env: Environment;
  /** Every line that it writes; without it the child writes where this process does. */
  readonly onLine?: (line: string) => void;
}

/**
 * Starts it with an IPC channel, which breaks however this process ends: the child watches it and ends too, so that
 * no orphan stays. In a session of its own, so that Ctrl-C in the terminal reaches this process alone.
 */
export function startChild(options: ChildOptions): Running {
  const output = options.onLine === undefined ? "inherit" : "pipe";
  const child = spawn(process.execPath, options.args, {
    env: { ...options.env },
    detached: true,
    stdio: ["ignore", output, output, "ipc"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null && options.onLine !== undefined) createInterface({ input: stream }).on("line", options.onLine);
  }
  const exited = new Promise<string>((done) => {
    child.once("error", (error) => done(error.message));
    child.once("exit", (code, signal) => done(signal ?? `exit code ${code}`));
  });
  return { pid: child.pid ?? 0, exited, kill: (signal) => child.kill(signal) };
}
