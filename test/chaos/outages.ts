/**
 * Parts of the product that hang, fill up or stand still under load, one after the other: rankings go on within their
 * deadline, what is degraded says so by name, what cannot be made durable is refused with a code, and afterwards nothing
 * that was acknowledged is missing.
 */
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { uniformOf } from "../../src/core/math/random.ts";
import type { Findings } from "./audit.ts";
import { openClient } from "./http.ts";
import { Ledger } from "./ledger.ts";
import { startLoad } from "./load.ts";
import { POLICY, SETTLE_MS } from "./options.ts";
import { type Phase, type PhaseReport, reportOf } from "./outagesReport.ts";
import { pidOf } from "./processes.ts";
import { type Product, startProduct, verify } from "./product.ts";
import { drained, orphansOf } from "./run.ts";
import { mountSmallDisk } from "./smallDisk.ts";

export const OUTAGES = ["redis hung", "disk full", "worker stopped"] as const;
export type Outage = (typeof OUTAGES)[number];

export interface OutagesOptions {
  /** The built command line, main.js. */
  readonly main: string;
  readonly seconds: { readonly [outage in Outage]: number };
  /** In this order. */
  readonly outages: readonly Outage[];
  /** Between two outages, and before the first. */
  readonly usualSeconds: number;
  readonly rate: number;
  readonly timeoutMs: number;
  readonly rewardWindowMs: number;
  readonly seed: string;
  readonly tell: (line: string) => void;
}

export interface OutagesReport {
  readonly ok: boolean;
  /** Outages that this machine cannot make, and why. */
  readonly leftOut: { readonly [outage: string]: string };
  readonly phases: readonly PhaseReport[];
  readonly findings: Findings;
  readonly asked: Ledger["count"];
  readonly verified: boolean;
  readonly orphans: number;
  /** Requests that got no code: no answer came, or one without. */
  readonly silent: number;
  readonly refusals: { readonly [code: string]: number };
  /** Seconds from the end of each outage to the first answer by a newer model; NaN: none came while the load lasted. */
  readonly newModels: readonly number[];
}

const DISK_BYTES = 96 * 1024 * 1024;
const LOOK_MS = 250;

interface Disk {
  /** Takes all room that is left. */
  fill(): void;
  free(): void;
}

/** Everything in `folder`, which the caller makes and removes. */
export async function runOutages(options: OutagesOptions, folder: string): Promise<OutagesReport> {
  const dataDir = join(folder, "data");
  mkdirSync(dataDir);
  const disk = mountSmallDisk(dataDir, DISK_BYTES);
  const leftOut: { [outage: string]: string } = {};
  if ("problem" in disk) leftOut["disk full"] = disk.problem;
  let product: Product | undefined;
  try {
    product = await startProduct({ main: options.main, folder });
    const ran = await runPhases(options, product, "problem" in disk ? undefined : disk);
    const stopped = await verify({ main: options.main, dataDir, policy: POLICY });
    const orphans = orphansOf(dataDir);
    return reportOf({ ...ran, leftOut, verified: stopped.equal, orphans, timeoutMs: options.timeoutMs });
  } finally {
    await product?.stop();
    if (!("problem" in disk)) disk.unmount();
  }
}

async function runPhases(options: OutagesOptions, product: Product, disk: Disk | undefined) {
  const { tell, seconds, usualSeconds, rewardWindowMs } = options;
  const client = openClient(product.url);
  const ledger = new Ledger();
  await client.send("PUT", `/v1/policies/${POLICY}`, { settleMs: SETTLE_MS, rewardWindowMs });
  const uniform = uniformOf(createHash("sha256").update(options.seed).digest("hex"));
  const watch = watchReadiness(product);
  const load = startLoad({ ...options, client, ledger, uniform });
  const phases: Phase[] = [];
  const during = async (name: Phase["name"], work: () => Promise<void>) => {
    tell(name);
    const from = performance.now();
    await work();
    phases.push({ name, from, to: performance.now() });
  };
  const usual = () => during("usual", () => sleep(usualSeconds * 1000));
  try {
    await usual();
    for (const outage of options.outages) {
      if (outage === "disk full" && disk === undefined) continue;
      await during(outage, () => broken(outage, { product, disk, ms: seconds[outage] * 1000 }));
      await usual();
    }
  } finally {
    await load.stop();
    watch.stop();
  }
  tell("the load has ended; waiting for the windows to close");
  const findings = await drained(product, ledger, rewardWindowMs);
  client.close();
  tell("stopping");
  await product.stop();
  tell("stopped");
  return { ledger, phases, seen: watch.seen, findings };
}

async function broken(
  outage: Outage,
  { product, disk, ms }: { readonly product: Product; readonly disk: Disk | undefined; readonly ms: number },
): Promise<void> {
  if (outage === "disk full") {
    disk?.fill();
    await sleep(ms);
    disk?.free();
    return;
  }
  const kind = outage === "redis hung" ? "redis" : "worker";
  const pid = pidOf(kind, product);
  if (pid === undefined) throw new Error(`no ${kind} runs`);
  process.kill(pid, "SIGSTOP");
  try {
    await sleep(ms);
  } finally {
    process.kill(pid, "SIGCONT");
  }
}

export interface Seen {
  readonly at: number;
  readonly ready: boolean;
  /** Parts that readiness names as degraded. */
  readonly parts: readonly string[];
}

function watchReadiness({ url }: Product): { readonly seen: readonly Seen[]; stop(): void } {
  const client = openClient(url);
  const seen: Seen[] = [];
  const timer = setInterval(async () => {
    const answer = await client.send("GET", "/health/ready").catch(() => undefined);
    const { degraded = [] }: { degraded?: readonly { part: string }[] } = JSON.parse(answer?.body ?? "{}");
    seen.push({ at: performance.now(), ready: answer?.status === 200, parts: degraded.map(({ part }) => part) });
  }, LOOK_MS);
  return {
    seen,
    stop: () => {
      clearInterval(timer);
      client.close();
    },
  };
}
