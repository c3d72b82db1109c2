/** How many jobs wait in BullMQ's queues, read from its keys: loading BullMQ for four numbers would cost 30 MB. */
import type { Redis } from "ioredis";
import type { QueueNumbers, RedisNumbers } from "../../ports/insight.ts";
import { connectRedis } from "../redis/connection.ts";
import { systemClock } from "../system/clock.ts";

/** `policyQueue.ts` in workers/ opens them under these names. */
const QUEUES = ["retrain", "embed", "compact"];

/** Connects on the first call; each gives undefined while Redis does not answer. */
export function redisNumbers(place: { readonly redisUrl: string; readonly workspace: string }) {
  let redis: Redis | undefined;
  return async (): Promise<RedisNumbers | undefined> => {
    if (redis === undefined) {
      const opened = connectRedis({ url: place.redisUrl, role: "producer" });
      redis = opened;
      await new Promise<void>((resolve) => {
        opened.once("ready", resolve);
        setTimeout(resolve, 500).unref();
      });
    }
    try {
      const now = systemClock.now();
      const queues: QueueNumbers[] = [];
      for (const name of QUEUES)
        queues.push(await queueOf(redis, { prefix: `{brigand:${place.workspace}}:${name}`, name, now }));
      const memoryBytes = Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1] ?? 0);
      return { queues, memoryBytes };
    } catch {
      return undefined;
    }
  };
}

async function queueOf(redis: Redis, queue: { prefix: string; name: string; now: number }): Promise<QueueNumbers> {
  const { prefix, name, now } = queue;
  const [waiting, active, oldest] = await Promise.all([
    redis.llen(`${prefix}:wait`),
    redis.llen(`${prefix}:active`),
    redis.lindex(`${prefix}:wait`, -1),
  ]);
  if (oldest === null) return { name, waiting, active };
  const added = Number(await redis.hget(`${prefix}:${oldest}`, "timestamp"));
  return { name, waiting, active, oldestMs: added > 0 ? Math.max(0, now - added) : undefined };
}
