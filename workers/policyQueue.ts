/**
 * A BullMQ queue of jobs by policy: a worker adds one a policy at a time. Payloads carry places, never events. The work
 * runs in a process of its own, which holds the policy's job by a file lease (`jobLock.ts`): that is what keeps it single.
 *
 * The job's id names the life of the worker and of its Redis too. When either was killed, the queue may go on showing a
 * job as active that nobody does; an id of its own lets the next one run at once, and the other is tidied away later.
 */
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { type Job, Queue, Worker } from "bullmq";
import type { Logger } from "pino";
import { connectRedis } from "../src/adapters/redis/connection.ts";
import type { PolicyName } from "../src/core/domain.ts";

export interface QueueConnection {
  readonly redisUrl: string;
  readonly workspace: string;
  readonly log: Logger;
}

export interface PolicyQueueOptions extends QueueConnection {
  readonly name: string;
  /** Module of the sandboxed process. */
  readonly processor: URL;
  /** A job of this policy ended in an error, which has been logged. */
  readonly onFailed?: (policy: PolicyName) => void;
}

/** What every job carries. */
export interface PolicyPayload {
  readonly dataDir: string;
  readonly workspace: string;
  readonly policy: PolicyName;
}

export interface PolicyQueue<Payload extends PolicyPayload> {
  /** @returns false, and nothing happens, while our earlier job of the policy waits or runs. Rejects without a Redis. */
  add(payload: Payload): Promise<boolean>;
  /** Takes back our waiting job of the policy, and waits for a running one. Rejects without a Redis. */
  quiet(policy: PolicyName): Promise<void>;
  close(): Promise<void>;
}

/** Longest that closing waits for a running job; its work is repeated exactly. */
const CLOSE_MS = 3_000;
/** A job whose worker is silent for so long is taken up by another, looked for this often. */
const LOCK_MS = 10_000;
const STALLED_LOOK_MS = 5_000;
/** Kills are no fault of the job. */
const STALLED_MAX = 1_000;
/** Pause of the worker after an error of Redis. */
const RETRY_MS = 1_000;
/** How long a running job is waited for before its policy is removed, and how often it is looked at. */
const QUIET_MS = 20_000;
const QUIET_LOOK_MS = 100;

export function openPolicyQueue<Payload extends PolicyPayload>(options: PolicyQueueOptions): PolicyQueue<Payload> {
  const { name, redisUrl, workspace, log } = options;
  const prefix = `{brigand:${workspace}}`;
  const producer = connectRedis({ url: redisUrl, role: "producer" });
  const consumer = connectRedis({ url: redisUrl, role: "worker" });
  const openQueue = () => {
    const opened = new Queue(name, { connection: producer, prefix });
    opened.on("error", () => {});
    return opened;
  };
  let queue = openQueue();
  const worker = new Worker<Payload>(name, fileURLToPath(options.processor), {
    connection: consumer,
    prefix,
    concurrency: 1,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_LOOK_MS,
    maxStalledCount: STALLED_MAX,
    runRetryDelay: RETRY_MS,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  let life = randomUUID();
  producer.on("close", () => {
    life = randomUUID();
  });
  worker.on("error", () => {});
  worker.on("failed", (job, error) => {
    log.error({ job: name, policy: job?.data.policy, err: error }, "a job failed");
    if (job !== undefined) options.onFailed?.(job.data.policy);
  });
  worker.on("completed", (job, result) => log.debug({ job: name, policy: job.data.policy, ...result }, "a job ended"));
  return {
    async add(payload) {
      const { policy } = payload;
      /** One whose first words to Redis were cut off stays closed for ever. */
      await queue.waitUntilReady().catch(() => {
        queue = openQueue();
      });
      const jobId = `${policy}-${life}`;
      if ((await queue.getJob(jobId)) !== undefined) return false;
      await queue.add(name, payload, { jobId, removeOnComplete: true, removeOnFail: true, attempts: 1 });
      return true;
    },
    quiet: (policy) => untilGone(() => queue.getJob(`${policy}-${life}`)),
    async close() {
      await Promise.race([worker.close(), new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
      await worker.close(true).catch(() => {});
      producer.disconnect();
      consumer.disconnect();
    },
  };
}

/** Takes a job back, or waits until it has run: one that runs cannot be removed. */
async function untilGone(find: () => Promise<Job | undefined>): Promise<void> {
  for (const deadline = performance.now() + QUIET_MS; performance.now() < deadline; ) {
    const job = await find();
    if (job === undefined) return;
    await job.remove().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, QUIET_LOOK_MS));
  }
}
