/** brigand train: one training of every policy, here and now, without Redis. */
import { join } from "node:path";
import { type Command, Option } from "commander";
import type { Embedded } from "../../../workers/embed/embedPolicy.ts";
import { type Layout, layoutOf } from "../../adapters/fs/layout.ts";
import { modelStore } from "../../adapters/fs/modelStore.ts";
import { systemClock } from "../../adapters/system/clock.ts";
import type { Config } from "../../config.ts";
import { BrigandError } from "../../core/errors.ts";
import { formatNames } from "../../core/formats/formats.ts";
import { audited } from "../access/audited.ts";
import { type Evidence, evidenceOf, toldVariant } from "../models/evidence.ts";
import { printJson, printLine, printNote } from "../output.ts";
import { chosenPolicies } from "../policies.ts";
import { startProgress } from "../progress.ts";
import { configFrom, withSettings } from "../settings.ts";
import { embedOne } from "../train/embedOne.ts";

interface Options {
  readonly policy?: string;
  readonly json?: boolean;
  readonly format: string;
  readonly [name: string]: unknown;
}

interface Report extends Evidence {
  readonly policy: string;
  /** Null when nothing new could be learned. */
  readonly version: number | null;
  /** The version that serves as the newest now; null when there is none. */
  readonly newest: number | null;
  readonly rows: number;
  readonly position: number;
  readonly seconds: number;
  /** Item vectors learned beside; null when none were due. */
  readonly vectors: Vectors | null;
}

interface Vectors {
  readonly version: number;
  readonly loss: number;
  readonly backend: string;
  readonly seconds: number;
}

export function register(program: Command): void {
  const command = program
    .command("train")
    .description("Train every policy once in this process and publish what is new; needs no Redis")
    .argument("[file]", "learn from this file of logs instead: no server, no log, no Redis; .gz or not")
    .option("--policy <name>", 'only this policy; with a file the one that gets the model, default "default"')
    .addOption(new Option("--format <name>", "of the file").choices(["auto", ...formatNames]).default("auto"))
    .option("--json", "one JSON object a policy")
    .addHelpText(
      "after",
      `
Examples:
  $ brigand train                        every policy of ./data
  $ brigand train --policy home --json
  $ brigand train events.dsjson.gz --policy home

Item vectors are learned too when they are due: after 4,096 rows, then when a fifth more have come.

It learns from the joined log, which "brigand work" writes, from where the last training ended; what is published is
loaded by running servers within a second. It is safe beside a running worker: a policy has one training at a time,
and while another process is at one, this command says so (CB_JOB_BUSY) and publishes nothing for that policy.

With a file: VW dsjson, VW text (cb_adf), OBP CSV, Metarank events or our own lines (docs/formats.md). The policy must have
no log yet; a server goes on from what the file taught. Bad lines are counted and named, and left out.`,
    );
  withSettings(command).action(async (file: string | undefined, options: Options) => {
    if (file === undefined) await trainAll(options);
    else await (await import("../trainFile.ts")).trainFromFile(file, options);
  });
}

async function trainAll(options: Options): Promise<void> {
  const config = configFrom(options);
  const layout = layoutOf(config.dataDir, config.workspace);
  const policies = chosenPolicies([layout.wal, join(layout.root, "joined")], options.policy);
  if (policies.length === 0) printNote(`No policy has a log in ${layout.root} yet.`);
  let busy: BrigandError | undefined;
  for (const policy of policies) {
    try {
      const one = { layout, policy, config, json: options.json === true };
      const report = await audited(config, { act: "train", target: policy }, () => trainOne(one));
      if (options.json === true) printJson(report);
      else print(report);
    } catch (error) {
      if (!(error instanceof BrigandError) || error.code !== "CB_JOB_BUSY") throw error;
      busy = error;
      if (policies.length > 1) printNote(`${policy}: ${error.message}`);
    }
  }
  if (busy !== undefined) throw busy;
}

interface One {
  readonly layout: Layout;
  readonly policy: string;
  readonly config: Config;
  readonly json: boolean;
}

async function trainOne({ layout, policy, config, json }: One): Promise<Report> {
  const [{ holdingJob }, { train }, { listSegments, liveSegments }, { statSync }] = await Promise.all([
    import("../../../workers/jobLock.ts"),
    import("../../../workers/retrain/trainer.ts"),
    import("../../adapters/fs/segments.ts"),
    import("node:fs"),
  ]);
  const last = liveSegments(listSegments(layout.joinedOf(policy))).at(-1);
  const total = last === undefined ? 0 : last.base + statSync(last.path).size;
  if (total === 0) printNote(`${policy}: nothing is joined yet; "brigand work" does that.`);
  const started = systemClock.elapsed();
  const progress = startProgress({ title: `training ${policy}`, total, unit: "bytes", json });
  const onProgress = (position: number) => progress.update(position);
  const trained = await holdingJob({ layout, policy, job: "retrain" }, () =>
    train({ layout, policy, versionsKept: config.modelVersionsKept, now: systemClock.now(), onProgress }),
  );
  progress.update(trained.position);
  progress.end();
  const embedded = await embedOne({ config, layout, policy, json });
  const store = modelStore({ folder: join(layout.root, "models") });
  const newest = (await store.versions(policy)).at(-1);
  const evidence = newest === undefined ? evidenceOf({}) : evidenceOf((await store.manifest(policy, newest)).learner);
  const seconds = Number(((systemClock.elapsed() - started) / 1000).toFixed(3));
  const { version = null, rows, position } = trained;
  return {
    policy,
    version,
    newest: newest ?? null,
    rows,
    position,
    seconds,
    ...evidence,
    vectors: vectorsOf(embedded),
  };
}

function vectorsOf({ version, loss, backend, seconds }: Embedded): Vectors | null {
  if (version === undefined || loss === undefined || backend === undefined || seconds === undefined) return null;
  return { version, loss, backend, seconds: Number(seconds.toFixed(3)) };
}

function print({ policy, version, newest, rows, position, seconds, best, variants, vectors }: Report): void {
  const outcome =
    version === null
      ? `nothing new to learn${newest === null ? "" : `, version ${newest} stays`}`
      : `version ${version}`;
  printLine(`${policy}: ${outcome}; ${rows} rows, joined log to ${position}, ${seconds.toFixed(2)} s`);
  if (vectors !== null)
    printLine(
      `  item vectors version ${vectors.version}: loss ${vectors.loss.toFixed(4)} nats a row, ${vectors.seconds.toFixed(1)} s of TensorFlow.js (${vectors.backend})`,
    );
  variants.forEach((variant, index) => printLine(`  ${index === best ? "*" : " "} ${toldVariant(variant)}`));
  if (variants.length > 0)
    printLine("  (* chosen: least mean squared error of predictions made before the reward was known)");
}
