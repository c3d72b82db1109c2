import { afterAll, beforeAll, describe } from "vitest";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { startForwarder } from "../../../src/adapters/redis/forwarder.ts";
import { openRedisTransport } from "../../../src/adapters/redis/streams.ts";
import { appender } from "../../conformance/log/appender.ts";
import { transportConformance } from "../../conformance/log/transport.ts";
import { folder } from "../../unit/log/harness.ts";
import { hasRedis, RedisServer } from "./redisServer.ts";

describe.skipIf(!hasRedis)("with a Redis", () => {
  const server = new RedisServer();
  beforeAll(() => server.start());
  afterAll(() => server.close());

  transportConformance("Redis Streams with their forwarder", async () => {
    const redis = server.connect();
    await redis.flushall();
    const layout = layoutOf(folder());
    const forwarder = startForwarder({ layout, redis, pollMs: 1 });
    const local = appender(layout);
    let skipped = 0;
    const leases = { workspace: "default", elapsed: () => performance.now() + skipped };
    const transport = openRedisTransport({ redis, ...leases });
    return {
      transport,
      other: openRedisTransport({ redis, ...leases }),
      append: async (place, texts) => {
        const appended = await local.append(place, texts);
        await forwarder.acknowledged(place, appended.end);
        return appended;
      },
      abandonLeases: async () => {
        skipped = 60_000;
        await redis.del("{default:home}:lease");
      },
      close: async () => {
        await forwarder.close();
        await local.close();
        await transport.close();
      },
    };
  });
});
