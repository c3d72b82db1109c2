/** The server process: chooses every adapter, opens what has to be open, listens. Never waits for Redis. */
import { createHash, randomBytes, randomInt } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loadKeys } from "../adapters/crypto/keys.ts";
import { systemNoise } from "../adapters/crypto/noise.ts";
import { nonce, seedOf } from "../adapters/crypto/seed.ts";
import { pseudonymiser } from "../adapters/crypto/subject.ts";
import { openAppendStream } from "../adapters/fs/appendStream.ts";
import { decisionLog } from "../adapters/fs/decisionLog.ts";
import { removeDemo } from "../adapters/fs/demoMarker.ts";
import { evaluationStore } from "../adapters/fs/evaluationStore.ts";
import { frameReader } from "../adapters/fs/frameAt.ts";
import { type Layout, layoutOf } from "../adapters/fs/layout.ts";
import { claimServer } from "../adapters/fs/layoutServer.ts";
import { FileLeases } from "../adapters/fs/lease.ts";
import { openPolicyStore } from "../adapters/fs/policyStore.ts";
import { removalsRequested } from "../adapters/fs/removals.ts";
import { unfinishedPolicies } from "../adapters/fs/streamEnd.ts";
import { measureWal } from "../adapters/fs/walBytes.ts";
import { ThreadedInsight } from "../adapters/insight/threaded.ts";
import { familyMetrics } from "../adapters/metrics/family.ts";
import { prometheus } from "../adapters/metrics/prometheus.ts";
import { systemClock } from "../adapters/system/clock.ts";
import { collectYoungAlone } from "../adapters/system/collector.ts";
import { channelToParent, isForked } from "../adapters/system/forks.ts";
import { loopLoad } from "../adapters/system/load.ts";
import { createLog, type Logger } from "../adapters/system/log.ts";
import { startShipping } from "../adapters/transport.ts";
import type { Config } from "../config.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { PolicyStore } from "../ports/policies.ts";
import { buildApp } from "./app.ts";
import { openServerAccess } from "./mainAccess.ts";
import { startForgetting } from "./mainForget.ts";
import { openIds } from "./mainIds.ts";
import { startModels } from "./mainModels.ts";
import { startReplica } from "./mainReplica.ts";
import { startCanaryWatch } from "./mainWatch.ts";
import type { AppPorts, Randomness } from "./ports.ts";
import { readSettings } from "./settings.ts";
import { Stages } from "./stages.ts";

export interface Serving {
  /** Where it listens, as http://host:port. */
  readonly url: string;
  /** Mean microseconds by stage; only counted when asked for. */
  readonly stages: Stages;
  /** Not ready from here on, which whoever hands out requests has `drainMs` to see; resolves when requests are answered and streams are ended. */
  close(): Promise<void>;
}

/**
 * Opens everything and listens. Cost: well under a second; the ids of earlier decisions are read beside the work.
 * @param options stages: count microseconds by stage, for benchmarks.
 * @throws CB_LISTEN_OPEN, CB_SECRET_INVALID, CB_SERVER_BUSY, CB_MODEL_… for a seed model that cannot be loaded, the system's own errors
 */
export async function serve(config: Config, options: { readonly stages?: boolean } = {}): Promise<Serving> {
  collectYoungAlone();
  const log = createLog(config.logLevel);
  const layout = layoutOf(config.dataDir, config.workspace);
  mkdirSync(layout.root, { recursive: true });
  const told = (what: string) => (error: unknown) => log.error({ err: error }, what);
  const keys = loadKeys(config.dataDir, config);
  const access = openServerAccess({ layout, host: config.host, log });
  const clock = systemClock;
  const metrics = metricsOf();
  const server = await claimServer(layout, { leases: new FileLeases(), now: clock.now(), random: serverId });
  const meter = measureWal(layout.wal, told("the write-ahead log could not be measured"));
  const ids = openIds({ layout, streamName: server.streamName, config, clock, log });
  const policies = policiesOf(layout, log);
  const [models, replica] = await Promise.all([
    startModels({ layout, metrics, log, clock, config, jitter: randomInt }),
    startReplica({ config, layout, log, metrics }),
  ]);
  const insight = insightOf(config, told("the numbers of the page could not be made"));
  const stages = new Stages();
  let closing = false;
  const ports: AppPorts = {
    ...{ clock, access, policies, bounds: config },
    ...ids.ports,
    load: loopLoad(),
    frames: frameReader(layout),
    wal: walOf({ layout, server, config, bytes: meter.bytes }),
    logs: decisionLog(layout),
    parquet: parquetWriter(layout.root, config.logExportBytesMax),
    evaluations: evaluationStore(layout),
    replica,
    ...{ models, bundle: models.bundle, modelAdmin: models.admin, judge: models.judge },
    random: randomnessOf(keys.serverKey),
    pseudonym: pseudonymiser({ key: keys.subjectKey, keyVersion: keys.subjectKeyVersion }),
    metrics,
    log,
    workspace: config.workspace,
    insight,
    demo: { remove: () => removeDemo(layout) },
    stages: options.stages === true ? stages : undefined,
    unready: () => (closing ? "the process is closing" : undefined),
  };
  const failed = told("a policy could not be forgotten");
  const forgetting = startForgetting(policies, { replica, models, insight, failed });
  const watch = startCanaryWatch(ports);
  const shipping = startShipping(config, layout, told("the log could not be shipped"));
  const app = await buildApp(ports);
  const url = await app.http.listen({ host: config.host, port: config.port });
  log.info({ url, stream: server.streamName }, "listening");
  const close = async () => {
    closing = true;
    if (config.drainMs > 0) await sleep(config.drainMs);
    await app.close();
    for (const part of [ids, meter, forgetting, watch, policies, access.keys]) part.close();
    await Promise.all([models.close(), replica.close(), shipping.close(), insight.close()]);
    await server.lease.release();
    log.info("closed");
  };
  return { url, stages, close };
}

function serverId(): string {
  return randomBytes(4).toString("hex");
}

/** Those of all processes that share the port, where there are several. */
function metricsOf(): Metrics {
  const own = prometheus({ processStats: true });
  own.gauge({ name: "brigand_process_id", help: "Process id of this server process." }, () => [
    { values: [], value: process.pid },
  ]);
  return isForked() ? familyMetrics(own, channelToParent()) : own;
}

function policiesOf(layout: Layout, log: Logger): PolicyStore {
  const refused = (policy: string, error: unknown) => log.error({ err: error, policy }, "settings were refused");
  const removing = () => removalsRequested(layout);
  return openPolicyStore({ folder: layout.policies, check: readSettings, refused, removing });
}

function insightOf(config: Config, failed: (error: unknown) => void): ThreadedInsight {
  const { dataDir, workspace, redisUrl, insightPoliciesMax: policiesMax, insightLogBytesMax: logBytesMax } = config;
  return new ThreadedInsight({ dataDir, workspace, redisUrl, policiesMax, logBytesMax, failed });
}

function walOf(parts: {
  readonly layout: ReturnType<typeof layoutOf>;
  readonly server: Awaited<ReturnType<typeof claimServer>>;
  readonly config: Config;
  readonly bytes: () => number;
}): AppPorts["wal"] {
  const { layout, server, config, bytes } = parts;
  const open: AppPorts["wal"]["open"] = ({ policy, stream }) =>
    openAppendStream({ directory: layout.streamOf(policy, stream), segmentBytes: config.walSegmentBytes });
  return { streamName: server.streamName, bytes, unfinished: unfinishedPolicies(layout, server), open };
}

/** DuckDB is loaded when the first listing asks for it. */
function parquetWriter(root: string, bytesMax: number): AppPorts["parquet"] {
  return async (entries) => {
    const { writeLogParquet } = await import("../adapters/duckdb/logParquet.ts");
    return writeLogParquet({ folder: join(root, "exports"), bytesMax }, entries);
  };
}

function randomnessOf(key: ReturnType<typeof loadKeys>["serverKey"]): Randomness {
  return {
    nonce,
    seed: (input) => seedOf({ key, ...input }),
    noise: systemNoise,
    hash: (bytes) => createHash("sha256").update(bytes).digest("base64url"),
  };
}
