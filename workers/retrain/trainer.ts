/** One policy's learner on disk: fold what is new in the joined log, publish, keep the checkpoint. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { makeDirectory, writeFileDurably } from "../../src/adapters/fs/durable.ts";
import { JoinedLookup } from "../../src/adapters/fs/joinedLogLookup.ts";
import { labelStore } from "../../src/adapters/fs/labelStore.ts";
import type { Layout } from "../../src/adapters/fs/layout.ts";
import { modelStore } from "../../src/adapters/fs/modelStore.ts";
import type { PolicyName, Position } from "../../src/core/domain.ts";
import { BrigandError } from "../../src/core/errors.ts";
import type { LearnOperation } from "../../src/core/join/operations.ts";
import { labelled } from "../../src/core/model/labels.ts";
import { lineOfVariant } from "../../src/core/variants/arms.ts";
import { type Checkpoint, loadLearner, markOf, saveLearner } from "../../training/learner/codec.ts";
import { familyParameters } from "../../training/learner/family.ts";
import { FOURIER_SEED } from "../../training/learner/itemLayout.ts";
import type { Learner } from "../../training/learner/learner.ts";
import { exportFamilyModel } from "../../training/onnx/familyModel.ts";
import { goldenOf } from "../../training/onnx/golden.ts";
import { fold, type Last, type Met } from "./fold.ts";

export interface TrainOptions {
  readonly layout: Layout;
  readonly policy: PolicyName;
  /** Milliseconds since 1970, for the manifest. */
  readonly now: number;
  readonly versionsKept: number;
  readonly onProgress?: (position: Position) => void;
  /** For the manifest, where it is not the retrain job. */
  readonly creator?: string;
  readonly metrics?: { readonly [name: string]: unknown };
}

export interface Trained {
  /** Undefined when nothing new could be learned. */
  readonly version: number | undefined;
  readonly position: Position;
  readonly rows: number;
  /** Versions of variants that learn on their own, by the line's name. */
  readonly own: { readonly [line: string]: number };
}

const GOLDEN_ROWS = 8;
/** What a killed publisher left is taken away when it is older than this. */
const ABANDONED_MS = 60_000;

/** Everything before this is final; a learner kept in memory between jobs spares reading it. */
const kept = new Map<string, Checkpoint>();

/**
 * Folds, publishes, saves. Idempotent: the same position gives the same bytes and the same version. A checkpoint that
 * is damaged or ahead of the log is dropped and everything is folded again.
 */
export async function train(options: TrainOptions): Promise<Trained> {
  const { layout, policy } = options;
  const file = checkpointOf(layout, policy);
  const directory = layout.joinedOf(policy);
  const start = await startOf(file, directory);
  const { checkpoint, last } = await fold(start, { directory, onProgress: options.onProgress });
  const { learner, position } = checkpoint;
  const version = await publishLine({ line: policy, learner, last }, { checkpoint, met: last }, options);
  const own: { [line: string]: number } = {};
  for (const [variant, one] of checkpoint.own?.byVariant ?? []) {
    const line = lineOfVariant(policy, { name: variant, learn: "own" });
    const given = { line, learner: one, last: last.byVariant.get(variant) };
    const published = await publishLine(given, { checkpoint, met: last }, options);
    if (published !== undefined) own[line] = published;
  }
  if (position !== start?.position) await writeCheckpoint(layout, policy, checkpoint);
  kept.set(file, checkpoint);
  return { version, position, rows: learner.rows, own };
}

/** The checkpoint to go on from: in memory or on disk, where it is one of this log. */
async function startOf(file: string, directory: string): Promise<Checkpoint | undefined> {
  const start = kept.get(file) ?? (await readCheckpoint(file));
  kept.delete(file);
  return start !== undefined && standsIn(directory, start) ? start : undefined;
}

/** Whether the log still has the commit that a checkpoint ends with: power loss or a restored backup may take it. */
export function standsIn(directory: string, { position, mark }: Pick<Checkpoint, "position" | "mark">): boolean {
  if (position === 0 || mark === undefined) return position === 0;
  const lookup = new JoinedLookup(directory);
  try {
    const frame = lookup.at(mark.at);
    return frame.next === position && markOf(frame).crc === mark.crc;
  } catch (error) {
    return error instanceof BrigandError && error.code === "CB_LOG_TRIMMED";
  } finally {
    lookup.close();
  }
}

interface Line {
  readonly line: string;
  readonly learner: Learner;
  readonly last: Last | undefined;
}

/** Publishes what was folded of something else than a log. @param rows some of them become the golden ones. */
export function publishFolded(
  checkpoint: Checkpoint,
  rows: LearnOperation | undefined,
  options: TrainOptions,
): Promise<number | undefined> {
  const met = { changed: true, rows, cataloguePosition: 0, byVariant: new Map<string, Last>() };
  const { learner } = checkpoint;
  return publishLine({ line: options.policy, learner, last: met }, { checkpoint, met }, options);
}

/** The version's number; undefined where nothing new could be learned. */
async function publishLine(
  { line, learner, last }: Line,
  { checkpoint, met }: { readonly checkpoint: Checkpoint; readonly met: Met },
  options: TrainOptions,
): Promise<number | undefined> {
  if (last?.changed !== true || learner.rows === 0) return undefined;
  const { layout, policy, now } = options;
  const { position } = checkpoint;
  const parameters = familyParameters(learner);
  const { own } = parameters;
  const folder = join(layout.root, "models");
  const store = modelStore({ folder });
  await store.clean(line, now - ABANDONED_MS);
  const version = await store.publish({
    draft: {
      policy: line,
      workspace: layout.workspace,
      created: new Date(now).toISOString(),
      creator: options.creator ?? "brigand retrain",
      columns: [...learner.columns],
      logPosition: position,
      cataloguePosition: met.cataloguePosition,
      rows: learner.rows,
      crosses: parameters.crosses?.loss,
      own: own && { items: [...own.items], open: own.open },
      learner: {
        kind: parameters.crosses !== undefined ? "crosses" : own === undefined ? "linear" : "family",
        best: learner.choice.best,
        variants: learner.choice.evidence(),
        own: {
          kind: learner.own.nameOf(own && learner.choice.own),
          variants: learner.choice.ownEvidence(),
          seed: FOURIER_SEED,
        },
        crosses: { loss: parameters.crosses?.loss ?? "none", variants: learner.choice.crossEvidence() },
        sigma2: parameters.linear.sigma2,
      },
      metrics: { ...options.metrics },
    },
    model: exportFamilyModel(parameters),
    golden: goldenOf(parameters, goldenRows(last.rows, parameters.linear.columns)),
  });
  const named = (checkpoint.own?.variants ?? []).flatMap((variant) =>
    variant.model !== "stable" && lineOfVariant(policy, variant) === line ? [variant.model] : [],
  );
  const labels = await labelStore(folder).read(line);
  await store.prune(line, options.versionsKept, { except: [...named, ...labelled(labels)] });
  return version;
}

/** Some of the newest rows, padded to the model's columns; one of zeros where nothing but rewards is new. */
function goldenRows(
  operation: LearnOperation | undefined,
  columns: number,
): { dense: Float32Array; counts: Float32Array; items: string[] } {
  const n = Math.max(1, Math.min(GOLDEN_ROWS, operation?.items.length ?? 0));
  const dense = new Float32Array(n * columns);
  for (let i = 0; operation !== undefined && i < Math.min(n, operation.items.length); i++) {
    const row = operation.dense.subarray(i * operation.columns, (i + 1) * operation.columns);
    dense.set(row.subarray(0, columns), i * columns);
  }
  const items = Array.from({ length: n }, (_, i) => operation?.items[i] ?? "");
  return { dense, counts: Float32Array.from({ length: n }, (_, i) => i), items };
}

function checkpointOf(layout: Layout, policy: PolicyName): string {
  return join(layout.trainOf(policy), "learner.bin");
}

/** Durable when it resolves. Only while the policy's retrain job is held. */
export async function writeCheckpoint(layout: Layout, policy: PolicyName, checkpoint: Checkpoint): Promise<void> {
  await makeDirectory(layout.trainOf(policy));
  await writeFileDurably(checkpointOf(layout, policy), Buffer.from(saveLearner(checkpoint)));
}

/** The checkpoint on disk, where it can be read and is one of this joined log. */
export async function checkpointOfLog(layout: Layout, policy: PolicyName): Promise<Checkpoint | undefined> {
  const checkpoint = await readCheckpoint(checkpointOf(layout, policy));
  return checkpoint !== undefined && standsIn(layout.joinedOf(policy), checkpoint) ? checkpoint : undefined;
}

async function readCheckpoint(file: string): Promise<Checkpoint | undefined> {
  try {
    return loadLearner(await readFile(file));
  } catch {
    return undefined;
  }
}
