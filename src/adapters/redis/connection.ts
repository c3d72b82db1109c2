/** Connections to Redis: one a role, because what is right for one (wait for ever) hangs another (a request). */
import { Redis, type RedisOptions } from "ioredis";

/**
 * worker: BullMQ's workers and queue events, whose blocking reads wait through an outage.
 * producer: adding jobs; fails at once while Redis is away, so that nobody waits.
 * stream: the transport's and forwarder's reads and writes; batches, so a longer timeout.
 * subscriber: hints by pub/sub; resubscribes by itself.
 */
export type RedisRole = "worker" | "producer" | "stream" | "subscriber";

const CONNECT_TIMEOUT_MS = 2000;
const PRODUCER_TIMEOUT_MS = 500;
const STREAM_TIMEOUT_MS = 5000;
const RETRY_MS_MAX = 2000;

const roles: { readonly [role in RedisRole]: RedisOptions } = {
  worker: { maxRetriesPerRequest: null },
  producer: { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: PRODUCER_TIMEOUT_MS },
  stream: {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: STREAM_TIMEOUT_MS,
    enableAutoPipelining: true,
  },
  subscriber: { maxRetriesPerRequest: null, autoResubscribe: true },
};

/**
 * A connection that reconnects by itself, for as long as it takes, until `disconnect()` or `quit()`.
 * @param redis.url redis://, rediss:// or unix:PATH
 * @param redis.onError told of every failed attempt; an outage is no exception, so the default is silence
 */
export function connectRedis(redis: {
  readonly url: string;
  readonly role: RedisRole;
  readonly onError?: (error: Error) => void;
}): Redis {
  const options: RedisOptions = {
    ...roles[redis.role],
    connectTimeout: CONNECT_TIMEOUT_MS,
    connectionName: `brigand-${redis.role}`,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), RETRY_MS_MAX),
  };
  const path = unixPath(redis.url);
  const connection = path === undefined ? new Redis(redis.url, options) : new Redis({ ...options, path });
  connection.on("error", redis.onError ?? (() => undefined));
  return connection;
}

/** The socket's path of a unix: address, undefined for any other. */
export function unixPath(url: string): string | undefined {
  return url.startsWith("unix:") ? url.slice("unix:".length) : undefined;
}
