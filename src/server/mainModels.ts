/** The model registry of the process, with its numbers and log lines. */
import { join } from "node:path";
import type { Logger } from "pino";
import { type TrustedKeys, trustedKeys } from "../adapters/crypto/modelSigning.ts";
import { labelStore } from "../adapters/fs/labelStore.ts";
import type { Layout } from "../adapters/fs/layout.ts";
import { type ModelStore, modelStore } from "../adapters/fs/modelStore.ts";
import { sha256 } from "../adapters/fs/modelStoreFiles.ts";
import { loadModel } from "../adapters/onnx/session.ts";
import { labelHints } from "../adapters/socket/labelHints.ts";
import type { Config } from "../config.ts";
import type { ModelBundle } from "../core/model/bundle.ts";
import type { Clock } from "../ports/clock.ts";
import type { JudgeVersion } from "../ports/gate.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { ModelAdmin } from "../ports/models.ts";
import { judgeOf } from "./gate/gateProcess.ts";
import { LATENCY_BUCKETS } from "./metrics.ts";
import { checkerOf } from "./models/checkProcess.ts";
import { type ModelRegistry, startModelRegistry } from "./models/registry.ts";
import { readSeed } from "./models/seed.ts";

export interface ServedModels extends ModelRegistry {
  readonly admin: ModelAdmin;
  /** Absent: any version is labelled. */
  readonly judge?: JudgeVersion;
  /** Files of a version of a line. @throws CB_MODEL_… */
  readonly bundle: (line: string, version: number) => Promise<ModelBundle>;
}

/** Processes of one machine look at moments of their own: a new version stops one of them at a time. */
const POLL_MS = 250;

/** Loads the repository's seed model and what DATA_DIR/models has, and goes on looking. */
export async function startModels(parts: {
  readonly layout: Layout;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock: Clock;
  /** A random whole number below what is given. */
  readonly jitter: (below: number) => number;
  readonly config: ModelBounds;
}): Promise<ServedModels> {
  const { layout, metrics, log, clock, config, jitter } = parts;
  const folder = join(layout.root, "models");
  const labels = ["policy"];
  const swaps = metrics.counter({ name: "brigand_model_swaps_total", help: "Versions that began to serve.", labels });
  const refusals = metrics.counter({
    name: "brigand_model_refusals_total",
    help: "Versions that were refused.",
    labels,
  });
  const seconds = metrics
    .histogram({
      name: "brigand_model_swap_seconds",
      help: "From finding a version to serving it.",
      buckets: LATENCY_BUCKETS,
    })
    .with();
  const reader = modelStore({ folder });
  const seed = await readSeed();
  const registry = await startModelRegistry({
    reader,
    load: (bundle) => loadModel(bundle),
    seed,
    clock,
    pollMs: () => POLL_MS / 2 + jitter(POLL_MS),
    labels: labelStore(folder),
    hints: labelHints(layout.hints, (err) => log.warn({ err }, "changes of labels are seen by looking alone")),
    onSwap({ policy, version, ms }) {
      swaps.with(policy).add();
      seconds.observe(ms / 1000);
      log.info({ policy, version, ms }, "a version began to serve");
    },
    onRefused({ policy, version, code, reason }) {
      refusals.with(policy).add();
      log.warn({ policy, version, code, reason }, "a version was refused");
    },
    onError: (error) => log.error({ err: error }, "the folder of models could not be read"),
  });
  return Object.assign(registry, {
    judge: config.gate === "on" ? judgeOf(layout, config) : undefined,
    admin: adminOf({ registry, reader, config, trusted: trustedKeys(join(layout.secret, "model-keys")) }),
    bundle: async (line: string, version: number) => (version === 0 ? seed : reader.read(line, version)),
  });
}

type ModelBounds = Pick<
  Config,
  | "modelPushBytesMax"
  | "modelCallMsMax"
  | "modelCheckMs"
  | "modelMemoryBytesMax"
  | "modelChecksMax"
  | "modelVersionsKept"
  | "gate"
  | "gateMs"
  | "gateLossMax"
  | "gateLogBytesMax"
>;

function adminOf(parts: {
  readonly registry: ModelRegistry;
  readonly reader: ModelStore;
  readonly config: ModelBounds;
  readonly trusted: TrustedKeys;
}): ModelAdmin {
  const { registry, reader, config, trusted } = parts;
  return {
    labels: (line) => registry.labels(line),
    history: (line) => registry.history(line),
    label: (line, change, reason) => registry.label(line, change, reason),
    rollback: (line, reason) => registry.rollback(line, reason),
    poll: (line) => registry.poll(line),
    check: checkerOf({
      callMsMax: config.modelCallMsMax,
      checkMs: config.modelCheckMs,
      memoryBytesMax: config.modelMemoryBytesMax,
      checksMax: config.modelChecksMax,
    }),
    pushBytesMax: config.modelPushBytesMax,
    versionsKept: config.modelVersionsKept,
    trust: (text, signature) => trusted.check(text, signature),
    sha256,
    versions: (line) => reader.versions(line),
    bundle: (line, version) => reader.read(line, version),
    publish: (publication) => reader.publish(publication),
    prune: (line, keep, rest) => reader.prune(line, keep, rest),
  };
}
