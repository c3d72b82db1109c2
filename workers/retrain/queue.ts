/**
 * The retrain queue: one job a policy at a time (the job's id is the policy's), payloads carry places, never events.
 * A policy with new rows gets its next job once the last one has ended and `everyMs` have passed since it began.
 */
import { fileURLToPath } from "node:url";
import { Queue, Worker } from "bullmq";
import type { Logger } from "pino";
import { connectRedis } from "../../src/adapters/redis/connection.ts";
import type { PolicyName, Position } from "../../src/core/domain.ts";

export interface RetrainPayload {
  readonly dataDir: string;
  readonly workspace: string;
  readonly policy: PolicyName;
  readonly position: Position;
  readonly versionsKept: number;
}

export interface RetrainOptions {
  readonly redisUrl: string;
  readonly dataDir: string;
  readonly workspace: string;
  readonly everyMs: number;
  readonly versionsKept: number;
  readonly log: Logger;
  readonly elapsed: () => number;
}

const NAME = "retrain";
/** Longest that closing waits for a running job; its work is repeated exactly. */
const CLOSE_MS = 3_000;
/** A job whose lock is lost is taken up again after this. */
const LOCK_MS = 15_000;

export interface Retraining {
  /** The policy's joined log has grown to `position`. Never waits, never throws. */
  notify(policy: PolicyName, position: Position): void;
  close(): Promise<void>;
}

export function startRetraining(options: RetrainOptions): Retraining {
  const { redisUrl, dataDir, workspace, versionsKept, log, elapsed } = options;
  const prefix = `{brigand:${workspace}}`;
  const producer = connectRedis({ url: redisUrl, role: "producer" });
  const consumer = connectRedis({ url: redisUrl, role: "worker" });
  const queue = new Queue<RetrainPayload>(NAME, { connection: producer, prefix });
  const processor = fileURLToPath(new URL("./processor.js", import.meta.url));
  const worker = new Worker<RetrainPayload>(NAME, processor, {
    connection: consumer,
    prefix,
    concurrency: 1,
    lockDuration: LOCK_MS,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  queue.on("error", () => {});
  worker.on("error", () => {});
  worker.on("failed", (job, error) => log.error({ policy: job?.data.policy, err: error }, "a retrain failed"));
  worker.on("completed", (job, result) => log.debug({ policy: job.data.policy, ...result }, "retrained"));

  const grown = new Map<PolicyName, Position>();
  const begun = new Map<PolicyName, number>();
  const add = async (policy: PolicyName, position: Position) => {
    begun.set(policy, elapsed());
    const payload = { dataDir, workspace, policy, position, versionsKept };
    await queue.add(NAME, payload, { jobId: policy, removeOnComplete: true, removeOnFail: true, attempts: 1 });
    if (grown.get(policy) === position) grown.delete(policy);
  };
  const timer = setInterval(() => {
    for (const [policy, position] of grown) {
      if (elapsed() - (begun.get(policy) ?? Number.NEGATIVE_INFINITY) < options.everyMs) continue;
      add(policy, position).catch(() => begun.delete(policy));
    }
  }, 50);
  return {
    notify: (policy, position) => void grown.set(policy, position),
    async close() {
      clearInterval(timer);
      await Promise.race([worker.close(), new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
      await worker.close(true).catch(() => {});
      producer.disconnect();
      consumer.disconnect();
    },
  };
}
