/** Processes that share a port: Node's cluster module, behind the few words that are needed of it. */
import cluster, { type Worker } from "node:cluster";
import type { Channel } from "../metrics/family.ts";

export interface Fork {
  readonly pid: number;
  /** Resolves with how it ended, e.g. "SIGKILL" or "exit code 1"; never rejects. */
  readonly exited: Promise<string>;
  readonly channel: Channel;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/** Whether this process is one of several that share a port. */
export function isForked(): boolean {
  return cluster.isWorker;
}

/** Starts this very command line once more, as a process that shares the port. */
export function fork(): Fork {
  const worker = cluster.fork();
  const exited = new Promise<string>((done) => {
    worker.once("error", (error) => done(error.message));
    worker.once("exit", (code, signal) => done(signal ?? `exit code ${code}`));
  });
  // Not worker.kill: that waits for connections to end first.
  const kill = (signal: "SIGTERM" | "SIGKILL") => void worker.process.kill(signal);
  return { pid: worker.process.pid ?? 0, exited, channel: channelTo(worker), kill };
}

/** The channel of a forked process to its parent. */
export function channelToParent(): Channel {
  return {
    send: (message) => void process.send?.(message, undefined, undefined, () => {}),
    onMessage: (take) => void process.on("message", (message) => isOurs(message) && take(message)),
  };
}

function channelTo(worker: Worker): Channel {
  return {
    // One that is ending takes nothing any more.
    send: (message) => void (worker.isConnected() && worker.send(message, () => {})),
    onMessage: (take) => void worker.on("message", (message) => isOurs(message) && take(message)),
  };
}

type Message = Parameters<Channel["send"]>[0];

function isOurs(message: unknown): message is Message {
  return typeof message === "object" && message !== null && "brigand" in message;
}
