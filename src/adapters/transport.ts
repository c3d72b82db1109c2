/** Which transport the configuration asks for: the segments themselves, or Redis Streams fed by a forwarder. */
import type { Config } from "../config.ts";
import { BrigandError } from "../core/errors.ts";
import type { Transport } from "../ports/log.ts";
import { openFsTransport } from "./fs/fsTransport.ts";
import type { Layout } from "./fs/layout.ts";
import { highestFence } from "./fs/segments.ts";
import { connectRedis } from "./redis/connection.ts";
import { startForwarder } from "./redis/forwarder.ts";
import { openRedisTransport } from "./redis/streams.ts";

export interface ChosenTransport {
  readonly transport: Transport;
  /** Whether the writer trims the streams behind its snapshots: Redis holds no more than what a recovery reads. */
  readonly trimmedByWriter: boolean;
  close(): Promise<void>;
}

/** @throws CB_CONFIG_INVALID for `redis` without a Redis */
export function openTransport(config: Config, layout: Layout): ChosenTransport {
  if (config.transport === "fs") {
    const transport = openFsTransport({ layout });
    return { transport, trimmedByWriter: false, close: () => transport.close() };
  }
  const redis = connectRedis({ url: urlOf(config), role: "stream" });
  const fenceAbove = (policy: string) => highestFence(layout.joinedOf(policy));
  const transport = openRedisTransport({ redis, workspace: config.workspace, fenceAbove });
  const close = async () => {
    await transport.close();
    redis.disconnect();
  };
  return { transport, trimmedByWriter: true, close };
}

/** Ships this machine's segments while the server runs; nothing to do where they are read in place. */
export function startShipping(
  config: Config,
  layout: Layout,
  failed: (error: unknown) => void,
): { close(): Promise<void> } {
  if (config.transport === "fs") return { close: async () => {} };
  const redis = connectRedis({ url: urlOf(config), role: "stream" });
  const forwarder = startForwarder({ layout, redis, streamBytesMax: config.streamBytesMax, failed });
  const close = async () => {
    await forwarder.close();
    redis.disconnect();
  };
  return { close };
}

function urlOf({ redisUrl }: Config): string {
  if (redisUrl !== undefined) return redisUrl;
  throw new BrigandError(
    "CB_CONFIG_INVALID",
    "TRANSPORT=redis needs a Redis; none is known.",
    "Set REDIS_URL, or use TRANSPORT=fs.",
  );
}
