/**
 * A BullMQ queue of jobs by policy: the job's id is the policy's name, so there is one a policy at a time, whichever
 * process adds it. Payloads carry places, never events. The work runs in a process of its own.
 */
import { fileURLToPath } from "node:url";
import { Queue, Worker } from "bullmq";
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
  /** @returns false, and nothing happens, while an earlier job of the policy waits or runs. Rejects without a Redis. */
  add(payload: Payload): Promise<boolean>;
  close(): Promise<void>;
}

/** Longest that closing waits for a running job; its work is repeated exactly. */
const CLOSE_MS = 3_000;
/** A job whose lock is lost is taken up again after this. */
const LOCK_MS = 15_000;

export function openPolicyQueue<Payload extends PolicyPayload>(options: PolicyQueueOptions): PolicyQueue<Payload> {
  const { name, redisUrl, workspace, log } = options;
  const prefix = `{brigand:${workspace}}`;
  const producer = connectRedis({ url: redisUrl, role: "producer" });
  const consumer = connectRedis({ url: redisUrl, role: "worker" });
  const queue = new Queue(name, { connection: producer, prefix });
  const worker = new Worker<Payload>(name, fileURLToPath(options.processor), {
    connection: consumer,
    prefix,
    concurrency: 1,
    lockDuration: LOCK_MS,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  queue.on("error", () => {});
  worker.on("error", () => {});
  worker.on("failed", (job, error) => {
    log.error({ job: name, policy: job?.data.policy, err: error }, "a job failed");
    if (job !== undefined) options.onFailed?.(job.data.policy);
  });
  worker.on("completed", (job, result) => log.debug({ job: name, policy: job.data.policy, ...result }, "a job ended"));
  return {
    async add(payload) {
      const { policy } = payload;
      if ((await queue.getJob(policy)) !== undefined) return false;
      await queue.add(name, payload, { jobId: policy, removeOnComplete: true, removeOnFail: true, attempts: 1 });
      return true;
    },
    async close() {
      await Promise.race([worker.close(), new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
      await worker.close(true).catch(() => {});
      producer.disconnect();
      consumer.disconnect();
    },
  };
}
