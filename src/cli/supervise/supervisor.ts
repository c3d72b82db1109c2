/**
 * Keeps a table of processes running: all are started at once, one that ends is started again after a short wait,
 * and at the end they go in the order of their `stage`. Knows nothing of what they do.
 */
import { setTimeout as sleep } from "node:timers/promises";

/** A process that runs, whoever started it. */
export interface Running {
  readonly pid: number;
  /** Resolves with how it ended, e.g. "SIGKILL" or "exit code 1"; never rejects. */
  readonly exited: Promise<string>;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/** A row of the table. */
export interface ProcessRow {
  readonly name: string;
  /** Stages stop one after the other, 0 first; within a stage all at once. */
  readonly stage: number;
  /** Whether it may end by itself: exit code 0 is then no crash. */
  readonly mayEnd?: boolean;
  start(): Promise<Running>;
}

export interface SupervisorOptions {
  /** Told one line about every end and every failed start. */
  readonly tell: (line: string) => void;
  readonly stopTimeoutMs?: number;
  readonly backoffMs?: number;
  readonly backoffMsMax?: number;
  /** After so long without an end the wait starts over at `backoffMs`. */
  readonly steadyMs?: number;
}

export interface Supervisor {
  /** What runs now, by name. */
  pids(): { readonly [name: string]: number };
  /** SIGTERM, SIGKILL after the deadline, stage by stage; resolves when nothing is left. */
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 5000;
const BACKOFF_MS = 100;
const BACKOFF_MS_MAX = 5000;
const STEADY_MS = 30_000;

export function supervise(table: readonly ProcessRow[], options: SupervisorOptions): Supervisor {
  const keepers = table.map((row) => new Keeper(row, options));
  return {
    pids: () =>
      Object.fromEntries(keepers.flatMap((keeper) => (keeper.pid === undefined ? [] : [[keeper.name, keeper.pid]]))),
    async stop() {
      for (const keeper of keepers) keeper.startNoMore();
      for (const stage of [...new Set(table.map((row) => row.stage))].sort((a, b) => a - b)) {
        await Promise.all(keepers.filter((keeper) => keeper.stage === stage).map((keeper) => keeper.end()));
      }
    },
  };
}

/** One row's process, over all its lives. */
class Keeper {
  readonly name: string;
  readonly stage: number;
  private readonly row: ProcessRow;
  private readonly options: SupervisorOptions;
  private readonly giveUp = new AbortController();
  private readonly done: Promise<void>;
  private running?: Running;

  constructor(row: ProcessRow, options: SupervisorOptions) {
    this.name = row.name;
    this.stage = row.stage;
    this.row = row;
    this.options = options;
    this.done = this.keep();
  }

  get pid(): number | undefined {
    return this.running?.pid;
  }

  startNoMore(): void {
    this.giveUp.abort();
  }

  /** Also ends a process whose start is still under way, as soon as it is known. */
  async end(): Promise<void> {
    this.startNoMore();
    this.running?.kill("SIGTERM");
    const timer = setTimeout(() => this.running?.kill("SIGKILL"), this.options.stopTimeoutMs ?? STOP_TIMEOUT_MS);
    await this.done;
    clearTimeout(timer);
  }

  private get stopping(): boolean {
    return this.giveUp.signal.aborted;
  }

  private async keep(): Promise<void> {
    const least = this.options.backoffMs ?? BACKOFF_MS;
    let wait = least;
    while (!this.stopping) {
      const from = performance.now();
      const how = await this.live();
      if (this.stopping || (this.row.mayEnd === true && how === "exit code 0")) return;
      if (performance.now() - from >= (this.options.steadyMs ?? STEADY_MS)) wait = least;
      this.options.tell(`${this.name} ended (${how}); starting it again in ${wait} ms`);
      await sleep(wait, undefined, { signal: this.giveUp.signal }).catch(() => undefined);
      wait = Math.min(2 * wait, this.options.backoffMsMax ?? BACKOFF_MS_MAX);
    }
  }

  /** From start to end; how it ended. */
  private async live(): Promise<string> {
    try {
      this.running = await this.row.start();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    if (this.stopping) this.running.kill("SIGTERM");
    const how = await this.running.exited;
    this.running = undefined;
    return how;
  }
}
