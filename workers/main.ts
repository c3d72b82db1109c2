/** The worker process: writes every policy's joined log and retrains its models. */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { openFsTransport } from "../src/adapters/fs/fsTransport.ts";
import { layoutOf } from "../src/adapters/fs/layout.ts";
import { openPolicyStore } from "../src/adapters/fs/policyStore.ts";
import { createLog } from "../src/adapters/system/log.ts";
import type { Config } from "../src/config.ts";
import { readSettings } from "../src/server/settings.ts";
import { withDefaults } from "../src/core/settings/policy.ts";
import { startRetraining } from "./retrain/queue.ts";
import { startWriters } from "./writer/writers.ts";

/** Works until closed. Without a Redis nothing is retrained; the log is joined all the same. */
export async function work(config: Config): Promise<{ close(): Promise<void> }> {
  const log = createLog(config.logLevel);
  const layout = layoutOf(resolve(config.dataDir), config.workspace);
  mkdirSync(layout.root, { recursive: true });
  const elapsed = () => performance.now();
  const { retrainIntervalMs: everyMs, modelVersionsKept: versionsKept, redisUrl, workspace } = config;
  const retraining =
    redisUrl === undefined
      ? undefined
      : startRetraining({ redisUrl, dataDir: layout.dataDir, workspace, everyMs, versionsKept, log, elapsed });
  const refused = (policy: string, error: unknown) => log.error({ err: error, policy }, "settings were refused");
  const policies = openPolicyStore({ folder: layout.policies, check: readSettings, refused });
  const transport = openFsTransport({ layout });
  const writers = startWriters({
    layout,
    transport,
    bounds: config,
    settingsOf: (policy) => withDefaults(policies.get(policy) ?? {}),
    onCommitted: (policy, position) => retraining?.notify(policy, position),
    elapsed,
    log,
  });
  log.info({ redis: redisUrl !== undefined }, "working");
  return {
    async close() {
      await writers.close();
      await retraining?.close();
      policies.close();
      await transport.close();
      log.info("closed");
    },
  };
}
