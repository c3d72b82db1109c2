/** One run: start, load, break, stop, and hold what was acknowledged against what the log says. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startManagedRedis } from "../../src/adapters/redis/managed.ts";
import { uniformOf } from "../../src/core/math/random.ts";
import { Audit, type Findings } from "./audit.ts";
import { openClient } from "./http.ts";
import { type Kill, killAll } from "./killer.ts";
import { Ledger } from "./ledger.ts";
import { startLoad } from "./load.ts";
import { type ChaosOptions, POLICY, SETTLE_MS } from "./options.ts";
import { leftOver } from "./processes.ts";
import { type Product, startProduct, verify } from "./product.ts";
import { type Report, reportOf } from "./report.ts";

const REDIS_BYTES_MAX = 256 * 1024 * 1024;
const DRAIN_MS = 30_000;

export interface Away {
  readonly from: number;
  readonly to: number;
}

/** Everything in `folder`, which the caller makes and removes. */
export async function runChaos(options: ChaosOptions, folder: string): Promise<Report> {
  const { main, tell } = options;
  const redisFolder = { dataDir: join(folder, "redis-outside"), bytesMax: REDIS_BYTES_MAX };
  let redis = options.redisAwaySeconds > 0 ? await startManagedRedis(redisFolder) : undefined;
  const product = await startProduct({ main, folder, redisUrl: redis?.url });
  const ledger = new Ledger();
  let failure: unknown;
  try {
    const client = openClient(product.url);
    await client.send("PUT", `/v1/policies/${POLICY}`, { settleMs: SETTLE_MS, rewardWindowMs: options.rewardWindowMs });
    const uniform = uniformOf(createHash("sha256").update(options.seed).digest("hex"));
    const from = performance.now();
    const load = startLoad({ ...options, client, ledger, uniform });
    const breaking = async (): Promise<{ kills: readonly Kill[]; away?: Away }> => {
      if (redis === undefined) return { kills: await killAll({ ...options, product, uniform }) };
      await sleep((options.seconds / 2) * 1000);
      const gone = performance.now();
      redis.kill("SIGKILL");
      tell(`Redis is away for ${options.redisAwaySeconds} s`);
      await sleep(options.redisAwaySeconds * 1000);
      redis = await startManagedRedis(redisFolder);
      tell("Redis is back");
      return { kills: [], away: { from: gone, to: performance.now() } };
    };
    const broken = await breaking().catch((error) => {
      failure = error;
      return { kills: [], away: undefined };
    });
    const rest =
      options.redisAwaySeconds > 0
        ? (options.seconds / 2) * 1000
        : Math.max(3_000, options.seconds * 1000 - (performance.now() - from));
    await sleep(rest);
    await load.stop();
    const loadSeconds = (performance.now() - from) / 1000;
    tell("the load has ended; waiting for the windows to close");
    const findings = await drained(product, ledger, options.rewardWindowMs);
    const running = await verify({ main, dataDir: product.dataDir, policy: POLICY });
    client.close();
    await product.stop();
    const stopped = await verify({ main, dataDir: product.dataDir, policy: POLICY });
    const orphans = orphansOf(product.dataDir);
    if (failure !== undefined) throw failure;
    return reportOf({ ...broken, ledger, findings, verified: [running, stopped], orphans, loadSeconds, from });
  } finally {
    await product.stop();
    await redis?.stop();
  }
}

/** Waits until every acknowledged decision has closed, or for a while longer than that can take. */
export async function drained(product: Product, ledger: Ledger, rewardWindowMs: number): Promise<Findings> {
  const audit = new Audit(join(product.dataDir, "joined", POLICY));
  const until = performance.now() + rewardWindowMs + DRAIN_MS;
  for (;;) {
    await audit.read();
    if (audit.open(ledger) === 0 || performance.now() > until) break;
    await sleep(250);
  }
  audit.close();
  return audit.against(ledger);
}

/** Processes of the product that outlived it; they are ended here. */
export function orphansOf(dataDir: string): number {
  const pids = leftOver(dataDir);
  for (const pid of pids) process.kill(pid, "SIGKILL");
  return pids.length;
}
