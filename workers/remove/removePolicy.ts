/**
 * Removes a policy with everything it left, while servers, writers and jobs run. Order is what makes it safe:
 *
 *   1  the request stands on the disk: nobody begins anything with the policy any more
 *   2  its settings go: servers see that within a second, end its streams and refuse its name
 *   3  every stream of it is over: nothing can be appended
 *   4  the leases of joining and of every job are held: nobody writes
 *   5  its folders go, what others could begin from first
 *   6  the request goes: the name is free
 *
 * Killed at any point, the next one begins again from 1 and finds less to do.
 */
import { existsSync } from "node:fs";
import { rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { policyFolder } from "../../src/adapters/duckdb/layout.ts";
import { files } from "../../src/adapters/fs/durable.ts";
import type { Layout } from "../../src/adapters/fs/layout.ts";
import { FileLeases } from "../../src/adapters/fs/lease.ts";
import { endRemoval, isRemoving, removalOf } from "../../src/adapters/fs/removals.ts";
import { namesIn } from "../../src/adapters/fs/segments.ts";
import { isStreamOver } from "../../src/adapters/fs/streamOver.ts";
import type { PolicyName } from "../../src/core/domain.ts";
import { BrigandError } from "../../src/core/errors.ts";
import type { Lease, Transport } from "../../src/ports/log.ts";
import { holdingJob } from "../jobLock.ts";

export interface RemoveOptions {
  readonly layout: Layout;
  readonly transport: Transport;
  readonly policy: PolicyName;
  /** Longest that any of its users is waited for. */
  readonly waitMs: number;
}

const PAUSE_MS = 100;
const leases = new FileLeases();

/**
 * Does a removal that was requested. @returns false when another process does it
 * @throws CB_REMOVAL_BLOCKED, CB_JOB_BUSY when somebody goes on using the policy; the request stands
 */
export async function removePolicy(options: RemoveOptions): Promise<boolean> {
  const { layout, policy } = options;
  if (!isRemoving(layout, policy)) return true;
  const own = await leases.acquire(removalOf(layout, policy));
  if (own === undefined) return false;
  try {
    await removeSettings(layout, policy);
    await until(options, "a server", () => streamsAreOver(layout, policy));
    const joining = await joiningLease(options);
    try {
      await holding(options, ["retrain", "embed", "compact"], () => removeFolders(options));
    } finally {
      await joining.release().catch(() => {});
      await rm(layout.leaseOf(policy), { recursive: true, force: true });
    }
    await endRemoval(layout, policy);
    return true;
  } finally {
    await own.release().catch(() => {});
  }
}

async function removeSettings(layout: Layout, policy: PolicyName): Promise<void> {
  const file = join(layout.policies, `${policy}.json`);
  if (!existsSync(file)) return;
  await unlink(file);
  await files.syncDirectory(layout.policies);
}

async function streamsAreOver(layout: Layout, policy: PolicyName): Promise<true | undefined> {
  for (const stream of namesIn(layout.walOf(policy))) {
    if (!(await isStreamOver(layout, { policy, stream }, leases))) return undefined;
  }
  return true;
}

function joiningLease(options: RemoveOptions): Promise<Lease> {
  return until(options, "a writer", () => options.transport.acquire(options.policy));
}

async function holding(
  options: RemoveOptions,
  [job, ...others]: readonly ("retrain" | "embed" | "compact")[],
  work: () => Promise<void>,
): Promise<void> {
  const { layout, policy, waitMs } = options;
  if (job === undefined) return work();
  await holdingJob({ layout, policy, job, waitMs }, async () => holding(options, others, work));
}

/** The raw log first: without it no writer begins; then the joined log: without it no job does. */
async function removeFolders({ layout, transport, policy }: RemoveOptions): Promise<void> {
  await transport.forget?.(policy);
  const { walOf, joinedOf, snapshotsOf, embeddingsOf, evaluationsOf } = layout;
  const folders = [walOf, joinedOf, snapshotsOf, embeddingsOf, evaluationsOf].map((of) => of(policy));
  for (const folder of [...folders, policyFolder(layout.root, policy)]) await gone(folder);
  for (const parent of [join(layout.root, "models"), join(layout.root, "train")]) {
    const lines = namesIn(parent).filter((name) => name === policy || name.startsWith(`${policy}.`));
    for (const line of lines) await gone(join(parent, line));
  }
}

async function gone(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Asks until there is an answer. @throws CB_REMOVAL_BLOCKED */
async function until<Answer>(
  { policy, waitMs }: RemoveOptions,
  by: string,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (!(performance.now() < deadline)) throw new BrigandError("CB_REMOVAL_BLOCKED", { policy, by });
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
