/**
 * A lease in Redis: a key with a time to live, set by whoever finds none, and a counter of fences. It is believed for
 * its time to live less a tenth, counted on our own monotonic clock from before the renewal was sent.
 */
import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import type { Lease } from "../../ports/log.ts";

const ACQUIRE = `
if not redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
local fence = redis.call('incr', KEYS[2])
local above = tonumber(ARGV[3])
if fence <= above then
  fence = above + 1
  redis.call('set', KEYS[2], fence)
end
return fence`;
const RENEW = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('pexpire', KEYS[1], ARGV[2])`;
const RELEASE = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('del', KEYS[1])`;

export interface LeaseRequest {
  readonly redis: Redis;
  readonly key: string;
  readonly fenceKey: string;
  readonly ttlMs: number;
  /** The fence is above this. */
  readonly fenceAbove: number;
  readonly elapsed: () => number;
}

/** The lease, or undefined while somebody else holds it. @throws ioredis' errors while Redis is away */
export async function acquireLease(request: LeaseRequest): Promise<Lease | undefined> {
  const { redis, key, fenceKey, ttlMs, fenceAbove, elapsed } = request;
  const token = randomUUID();
  const asked = elapsed();
  const fence = Number(await redis.eval(ACQUIRE, 2, key, fenceKey, token, ttlMs, fenceAbove));
  return fence === 0 ? undefined : new RedisLease(request, { fence, token, asked });
}

class RedisLease implements Lease {
  readonly fence: number;
  private readonly request: LeaseRequest;
  private readonly token: string;
  private readonly timer: NodeJS.Timeout;
  private believedUntil: number;
  private over = false;

  constructor(request: LeaseRequest, held: { fence: number; token: string; asked: number }) {
    this.request = request;
    this.fence = held.fence;
    this.token = held.token;
    this.believedUntil = held.asked + request.ttlMs * 0.9;
    this.timer = setInterval(() => void this.renew(), request.ttlMs / 3);
    this.timer.unref();
  }

  /** Cost: nothing. */
  get valid(): boolean {
    return !this.over && this.request.elapsed() < this.believedUntil;
  }

  async release(): Promise<void> {
    if (this.over) return;
    this.end();
    await this.request.redis.eval(RELEASE, 1, this.request.key, this.token);
  }

  private async renew(): Promise<void> {
    const { redis, key, ttlMs, elapsed } = this.request;
    /** What is no longer believed is not revived: others may have acted on its end. */
    if (!this.valid) return this.end();
    const asked = elapsed();
    const renewed = await redis.eval(RENEW, 1, key, this.token, ttlMs).catch(() => undefined);
    if (renewed === 1 && this.valid) this.believedUntil = asked + ttlMs * 0.9;
    else if (renewed === 0) this.end();
  }

  private end(): void {
    this.over = true;
    clearInterval(this.timer);
  }
}
