/**
 * One job of a kind and policy at a time, whoever starts it (a queue, the command line, a test): a file lease of its
 * own in train/<policy>/<job>/. A process that dies holds nothing any more.
 */
import { join } from "node:path";
import type { Layout } from "../src/adapters/fs/layout.ts";
import { FileLeases } from "../src/adapters/fs/lease.ts";
import type { PolicyName } from "../src/core/domain.ts";
import { BrigandError } from "../src/core/errors.ts";
import type { Lease } from "../src/ports/log.ts";

export interface PolicyJob {
  readonly layout: Layout;
  readonly policy: PolicyName;
  readonly job: "retrain" | "compact" | "embed";
  /** How long to wait for another process to end the same job; default 0. */
  readonly waitMs?: number;
  /** The lease's number will be higher. */
  readonly fenceAbove?: number;
}

const PAUSE_MS = 100;
const leases = new FileLeases();

/** Runs `work` while holding the job. @throws CB_JOB_BUSY when another process goes on holding it, and what `work` throws */
export async function holdingJob<Result>(job: PolicyJob, work: (lease: Lease) => Promise<Result>): Promise<Result> {
  const lease = await acquire(job);
  try {
    return await work(lease);
  } finally {
    await lease.release();
  }
}

async function acquire({ layout, policy, job, waitMs = 0, fenceAbove }: PolicyJob): Promise<Lease> {
  const directory = join(layout.trainOf(policy), job);
  const deadline = performance.now() + waitMs;
  for (;;) {
    const lease = await leases.acquire(directory, fenceAbove);
    if (lease !== undefined) return lease;
    if (!(performance.now() < deadline)) throw new BrigandError("CB_JOB_BUSY", { job, policy });
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
