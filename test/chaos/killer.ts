/** Ends processes of the product at random moments, each kind on its own: they fall together as well. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Uniform } from "../../src/core/math/random.ts";
import { KINDS, type Kind } from "./options.ts";
import { jobHolder, pidOf } from "./processes.ts";

export interface Kill {
  readonly kind: Kind;
  readonly at: number;
  /** Whether the job it does was under way. */
  readonly atWork?: boolean;
}

export interface KillerOptions {
  readonly product: { readonly supervisor: number; readonly dataDir: string };
  readonly kills: { readonly [kind in Kind]: number };
  readonly gapMs: number;
  readonly uniform: Uniform;
  readonly tell: (line: string) => void;
}

const jobs: { readonly [kind in Kind]?: string } = { trainer: "retrain", compactor: "compact" };
const LOOK_MS = 20;
/** Longest that a process may take to run again. */
const AGAIN_MS = 120_000;
/** Longest that a kill waits for a job to be under way. */
const JOB_MS = 3_000;

/** Resolves when every kill is done. Rejects when a process does not come again. */
export async function killAll(options: KillerOptions): Promise<readonly Kill[]> {
  const done: Kill[] = [];
  const ends = await Promise.allSettled(KINDS.map((kind) => killEvery(kind, options, done)));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return done;
}

async function killEvery(kind: Kind, options: KillerOptions, done: Kill[]): Promise<void> {
  const { product, uniform, gapMs, tell } = options;
  let before: number | undefined;
  for (let n = 0; n < options.kills[kind]; n++) {
    await alive(kind, product, before);
    await sleep(uniform() * gapMs);
    const job = jobs[kind];
    if (job !== undefined && uniform() < 0.6) await underWay(kind, product, uniform() * 30);
    const pid = await alive(kind, product, before);
    const atWork = job === undefined ? undefined : isWorking(kind, product);
    process.kill(pid, "SIGKILL");
    before = pid;
    done.push({ kind, at: performance.now(), atWork });
    tell(`${kind} killed, ${n + 1} of ${options.kills[kind]}`);
  }
}

async function alive(kind: Kind, product: KillerOptions["product"], before: number | undefined): Promise<number> {
  const until = performance.now() + AGAIN_MS;
  while (performance.now() < until) {
    const pid = pidOf(kind, product);
    if (pid !== undefined && pid !== before) return pid;
    await sleep(LOOK_MS);
  }
  throw new Error(`no ${kind} runs ${AGAIN_MS / 1000} s after it was killed`);
}

/** Until the job runs, and a little into it. */
async function underWay(kind: Kind, product: KillerOptions["product"], intoMs: number): Promise<void> {
  const until = performance.now() + JOB_MS;
  while (performance.now() < until && !isWorking(kind, product)) await sleep(2);
  await sleep(intoMs);
}

function isWorking(kind: Kind, product: KillerOptions["product"]): boolean {
  const pid = pidOf(kind, product);
  const holder = jobHolder(product.dataDir, jobs[kind] ?? "");
  return pid !== undefined && holder?.pid === pid && holder.working;
}
