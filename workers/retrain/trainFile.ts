/**
 * Training from a file alone: no server, no Redis, no log. The policy gets a version, and what the learner and the
 * features know is left where its log will begin, so that a server goes on from there. docs/adr/0013-formats.md
 */
import { loadKeys } from "../../src/adapters/crypto/keys.ts";
import { pseudonymiser } from "../../src/adapters/crypto/subject.ts";
import { isStreamFolder, type Layout, layoutOf } from "../../src/adapters/fs/layout.ts";
import { openPolicyStore } from "../../src/adapters/fs/policyStore.ts";
import { listSegments, namesIn } from "../../src/adapters/fs/segments.ts";
import { writeSnapshot } from "../../src/adapters/fs/snapshots.ts";
import type { Config } from "../../src/config.ts";
import type { PolicyName } from "../../src/core/domain.ts";
import { BrigandError } from "../../src/core/errors.ts";
import { withDefaults } from "../../src/core/settings/policy.ts";
import { savePipeline } from "../../src/core/snapshot.ts";
import type { Clock } from "../../src/ports/clock.ts";
import { readSettings } from "../../src/server/settings.ts";
import { FileLearning } from "../../training/file/fileLearning.ts";
import { fileEntries, formatOfFile } from "../import/fileEntries.ts";
import { Refusals } from "../import/refusals.ts";
import { holdingJob } from "../jobLock.ts";
import { publishFolded, writeCheckpoint } from "./trainer.ts";

export interface TrainFileOptions {
  readonly config: Config;
  readonly policy: PolicyName;
  readonly path: string;
  /** Name of a format, or `auto`. */
  readonly format: string;
  readonly clock: Clock;
  readonly onProgress: (share: number, decisions: number) => void;
}

export interface TrainFileReport {
  readonly policy: PolicyName;
  /** Null when the file had nothing to learn from. */
  readonly version: number | null;
  readonly format: string;
  readonly decisions: number;
  readonly events: number;
  /** Shown rows learned; of a decision that stands for several, that many. */
  readonly rows: number;
  readonly skipped: number;
  readonly unlabelled: number;
  readonly refused: number;
  readonly refusedByCode: Refusals["byCode"];
  /** Mean squared error of predictions made before each row was learned; of the mean reward so far in their place. */
  readonly progressiveLoss: number | null;
  readonly lossOfMean: number | null;
  readonly meanReward: number | null;
  /** From the file's first byte to its last row learned. */
  readonly seconds: number;
  /** Of all threads of the process, meanwhile. */
  readonly cpuSeconds: number;
  readonly decisionsPerSecond: number;
  readonly rowsPerSecond: number;
  /** Most of the process so far. */
  readonly memoryBytes: number;
}

/** @throws CB_JOB_BUSY, CB_FORMAT_UNKNOWN, CB_COMMAND_FAILED for a policy that has a log and a file that cannot be read */
export async function trainFile(options: TrainFileOptions): Promise<TrainFileReport> {
  const { config, policy, path } = options;
  const layout = layoutOf(config.dataDir, config.workspace);
  const format = await formatOfFile(path, options.format);
  return holdingJob({ layout, policy, job: "retrain" }, async () => {
    refuseLog(layout, policy);
    const refusals = new Refusals();
    const { learning, seconds, cpuSeconds } = await learned(options, { layout, format, refusals });
    const version = await published(learning, options, layout);
    const { decisions, events, skipped, unlabelled } = learning.counts;
    const { rows } = learning.loss;
    const loss = learning.loss.value();
    return {
      ...{ policy, version: version ?? null, format: format.name, decisions, events, rows, skipped, unlabelled },
      refused: refusals.n,
      refusedByCode: refusals.byCode,
      progressiveLoss: loss?.loss ?? null,
      lossOfMean: loss?.lossOfMean ?? null,
      meanReward: loss?.meanReward ?? null,
      seconds,
      cpuSeconds,
      decisionsPerSecond: Math.round(decisions / seconds),
      rowsPerSecond: Math.round(rows / seconds),
      memoryBytes: process.resourceUsage().maxRSS * 1024,
    };
  });
}

/** What a file teaches cannot be put before rows of a log that were learned already. */
function refuseLog(layout: Layout, policy: PolicyName): void {
  const raw = namesIn(layout.walOf(policy)).some(isStreamFolder);
  if (!raw && listSegments(layout.joinedOf(policy)).length === 0) return;
  throw new BrigandError(
    "CB_COMMAND_FAILED",
    { problem: `the policy "${policy}" has a log of its own` },
    "Add the file to its log with brigand import, then brigand train; or name another --policy.",
  );
}

async function learned(
  { config, policy, path, clock, onProgress }: TrainFileOptions,
  {
    layout,
    format,
    refusals,
  }: { layout: Layout; format: Awaited<ReturnType<typeof formatOfFile>>; refusals: Refusals },
): Promise<{ learning: FileLearning; seconds: number; cpuSeconds: number }> {
  const policies = openPolicyStore({ folder: layout.policies, check: readSettings, refused: () => {} });
  if (policies.get(policy) === undefined) await policies.put(policy, {});
  const { subjectKey: key, subjectKeyVersion: keyVersion } = loadKeys(config.dataDir, config);
  const learning = new FileLearning({
    settings: withDefaults(policies.get(policy) ?? {}),
    bounds: config,
    pseudonym: pseudonymiser({ key, keyVersion }),
  });
  policies.close();
  const { futureSkewMaxMs } = config;
  const from = clock.elapsed();
  const before = process.cpuUsage();
  const given = { path, refusals, now: clock.now(), futureSkewMaxMs, shownOnly: true };
  for await (const { entries, bytesRead, bytes } of fileEntries(format, given)) {
    for (const entry of entries) learning.add(entry);
    onProgress(bytesRead / Math.max(1, bytes), learning.counts.decisions);
  }
  learning.end();
  const { user, system } = process.cpuUsage(before);
  return { learning, seconds: Math.max(0.001, (clock.elapsed() - from) / 1000), cpuSeconds: (user + system) / 1e6 };
}

/** The version; then the state and the learner that a log goes on from, as if it had begun with the file. */
async function published(
  learning: FileLearning,
  { config, policy, clock }: TrainFileOptions,
  layout: Layout,
): Promise<number | undefined> {
  const { learner, last, loss, pipeline } = learning;
  if (learner.rows === 0) return undefined;
  const checkpoint = { learner, position: 0 };
  const version = await publishFolded(checkpoint, last, {
    layout,
    policy,
    now: clock.now(),
    versionsKept: config.modelVersionsKept,
    creator: "brigand train FILE",
    metrics: { ...loss.value(), rows: loss.rows },
  });
  await writeSnapshot(layout.snapshotsOf(policy), {
    position: 0,
    positions: new Map(),
    pipeline: savePipeline(pipeline),
  });
  await writeCheckpoint(layout, policy, checkpoint);
  return version;
}
