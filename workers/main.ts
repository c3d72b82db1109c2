/** The worker process: writes every policy's joined log, retrains its models, keeps its interactions as Parquet. */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { type Layout, layoutOf } from "../src/adapters/fs/layout.ts";
import { openPolicyStore } from "../src/adapters/fs/policyStore.ts";
import { isRemoving } from "../src/adapters/fs/removals.ts";
import { createLog, type Logger } from "../src/adapters/system/log.ts";
import { openTransport } from "../src/adapters/transport.ts";
import type { Config } from "../src/config.ts";
import { withDefaults } from "../src/core/settings/policy.ts";
import { readSettings } from "../src/server/settings.ts";
import { startCompacting } from "./compact/queue.ts";
import { startEmbedding } from "./embed/queue.ts";
import { startRemover } from "./remove/remover.ts";
import { startRetraining } from "./retrain/queue.ts";
import { startWriters } from "./writer/writers.ts";

/** Works until closed. Without a Redis nothing is retrained nor exported; the log is joined all the same. */
export async function work(config: Config): Promise<{ close(): Promise<void> }> {
  const log = createLog(config.logLevel);
  const layout = layoutOf(resolve(config.dataDir), config.workspace);
  mkdirSync(layout.root, { recursive: true });
  const elapsed = () => performance.now();
  const jobs =
    config.redisUrl === undefined ? undefined : startJobs({ config, redisUrl: config.redisUrl, layout, log, elapsed });
  const refused = (policy: string, error: unknown) => log.error({ err: error, policy }, "settings were refused");
  const policies = openPolicyStore({ folder: layout.policies, check: readSettings, refused });
  const chosen = openTransport(config, layout);
  const writers = startWriters({
    layout,
    transport: chosen.transport,
    trimsStreams: chosen.trimmedByWriter,
    bounds: config,
    settingsOf: (policy) => withDefaults(policies.get(policy) ?? {}),
    isRemoving: (policy) => isRemoving(layout, policy),
    onCommitted(policy, position, { counts, vectorRows }) {
      if (isRemoving(layout, policy)) return;
      jobs?.retraining.notify(policy, position);
      jobs?.compacting.notify(policy, counts);
      jobs?.embedding.notify(policy, { rows: counts.rowsLearned, vectorRows });
    },
    elapsed,
    log,
  });
  const queues = jobs === undefined ? [] : [jobs.retraining, jobs.embedding, jobs.compacting];
  // Without a Redis nothing waits, and what runs holds its lease.
  const quiet = async (policy: string) => void (await Promise.allSettled(queues.map((queue) => queue.quiet(policy))));
  const remover = startRemover({ layout, transport: chosen.transport, log, quiet });
  log.info({ redis: jobs !== undefined }, "working");
  return {
    async close() {
      await remover.close();
      await writers.close();
      await Promise.all([jobs?.retraining.close(), jobs?.compacting.close(), jobs?.embedding.close()]);
      policies.close();
      await chosen.close();
      log.info("closed");
    },
  };
}

interface JobsOptions {
  readonly config: Config;
  readonly redisUrl: string;
  readonly layout: Layout;
  readonly log: Logger;
  readonly elapsed: () => number;
}

function startJobs({ config, layout, ...shared }: JobsOptions) {
  const { retrainIntervalMs, modelVersionsKept: versionsKept, compactIntervalMs, compactRowsMax: rowsMax } = config;
  const { dataDir, workspace } = layout;
  const { walRetentionMs, walBytesMax } = config;
  const { embedIntervalMs, embedBackend: backend, embedRowsMax, embedItemsMax: itemsMax } = config;
  return {
    retraining: startRetraining({ ...shared, dataDir, workspace, everyMs: retrainIntervalMs, versionsKept }),
    embedding: startEmbedding({
      ...shared,
      dataDir,
      workspace,
      everyMs: embedIntervalMs,
      backend,
      versionsKept,
      rowsMax: embedRowsMax,
      itemsMax,
    }),
    compacting: startCompacting({
      ...shared,
      layout,
      workspace,
      everyMs: compactIntervalMs,
      rowsMax,
      walRetentionMs,
      walBytesMax,
    }),
  };
}
