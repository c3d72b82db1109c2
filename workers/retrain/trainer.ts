/** One policy's learner on disk: fold what is new in the joined log, publish, keep the checkpoint. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { makeDirectory, writeFileDurably } from "../../src/adapters/fs/durable.ts";
import { JoinedReader } from "../../src/adapters/fs/joinedLogReader.ts";
import type { Layout } from "../../src/adapters/fs/layout.ts";
import { modelStore } from "../../src/adapters/fs/modelStore.ts";
import type { PolicyName, Position } from "../../src/core/domain.ts";
import { BrigandError } from "../../src/core/errors.ts";
import { FIRST_COLUMNS } from "../../src/core/features/schema.ts";
import { decodeCommit, decodeOperation } from "../../src/core/join/codec.ts";
import type { LearnOperation } from "../../src/core/join/operations.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import { CATALOGUE } from "../../src/ports/log.ts";
import { type Checkpoint, loadLearner, saveLearner } from "../../training/learner/codec.ts";
import { Learner } from "../../training/learner/learner.ts";
import { linearParameters } from "../../training/learner/parameters.ts";
import { exportLinearModel } from "../../training/onnx/linearModel.ts";
import { goldenOf } from "../../training/onnx/golden.ts";

export interface TrainOptions {
  readonly layout: Layout;
  readonly policy: PolicyName;
  /** Milliseconds since 1970, for the manifest. */
  readonly now: number;
  readonly versionsKept: number;
  readonly onProgress?: (position: Position) => void;
}

export interface Trained {
  /** Undefined when nothing new could be learned. */
  readonly version: number | undefined;
  readonly position: Position;
  readonly rows: number;
}

const READ_BYTES = 8 * 1024 * 1024;
const GOLDEN_ROWS = 8;

/** Everything before this is final; a learner kept in memory between jobs spares reading it. */
const kept = new Map<string, Checkpoint>();

/**
 * Folds, publishes, saves. Idempotent: the same position gives the same bytes and the same version. A checkpoint that
 * is damaged or ahead of the log is dropped and everything is folded again.
 */
export async function train(options: TrainOptions): Promise<Trained> {
  const { layout, policy } = options;
  const file = join(layout.trainOf(policy), "learner.bin");
  const start = kept.get(file) ?? (await readCheckpoint(file));
  kept.delete(file);
  const folded = await fold(start, options).catch((error) => {
    if (!(error instanceof BrigandError) || (error.code !== "CB_LOG_FENCED" && error.code !== "CB_LOG_TRIMMED")) throw error;
    return fold(undefined, options);
  });
  const { checkpoint, last } = folded;
  const { learner, position } = checkpoint;
  const fresh = last.changed && learner.rows > 0;
  const version = fresh ? await publish(checkpoint, folded.last, options) : undefined;
  if (position !== start?.position) {
    await makeDirectory(layout.trainOf(policy));
    await writeFileDurably(file, Buffer.from(saveLearner(checkpoint)));
  }
  kept.set(file, checkpoint);
  return { version, position, rows: learner.rows };
}

interface Last {
  /** Whether anything was learned or corrected. */
  changed: boolean;
  rows: LearnOperation | undefined;
  cataloguePosition: Position;
}

async function fold(start: Checkpoint | undefined, options: TrainOptions): Promise<{ checkpoint: Checkpoint; last: Last }> {
  const learner = start?.learner ?? new Learner(FIRST_COLUMNS);
  const reader = new JoinedReader({ directory: options.layout.joinedOf(options.policy), from: start?.position ?? 0 });
  const last: Last = { changed: false, rows: undefined, cataloguePosition: 0 };
  try {
    for (;;) {
      const { frames } = await reader.read(READ_BYTES);
      if (frames.length === 0) break;
      for (const frame of frames) {
        if (frame.kind === OperationKind.commit) {
          for (const range of decodeCommit(frame).ranges) if (range.policy === CATALOGUE) last.cataloguePosition = range.to;
          continue;
        }
        if (frame.kind === OperationKind.positive) continue;
        const operation = decodeOperation(frame);
        learner.add(operation, frame.position);
        last.changed ||= operation.kind !== OperationKind.close && operation.kind !== OperationKind.schema;
        if (operation.kind === OperationKind.learn && operation.items.length > 0) last.rows = operation;
      }
      options.onProgress?.(reader.position);
    }
    return { checkpoint: { learner, position: reader.position }, last };
  } finally {
    reader.close();
  }
}

async function publish({ learner, position }: Checkpoint, last: Last, options: TrainOptions): Promise<number> {
  const { layout, policy, now } = options;
  const parameters = linearParameters(learner);
  const store = modelStore({ folder: join(layout.root, "models") });
  const version = await store.publish({
    draft: {
      policy,
      workspace: layout.workspace,
      created: new Date(now).toISOString(),
      creator: "brigand retrain",
      columns: [...learner.columns],
      logPosition: position,
      cataloguePosition: last.cataloguePosition,
      rows: learner.rows,
      learner: { kind: "linear", best: learner.choice.best, variants: learner.choice.evidence(), sigma2: parameters.sigma2 },
      metrics: {},
    },
    model: exportLinearModel(parameters),
    golden: goldenOf(parameters, goldenRows(last.rows, parameters.columns)),
  });
  await store.prune(policy, options.versionsKept, { except: [] });
  return version;
}

/** Some of the newest rows, padded to the model's columns; one of zeros where nothing but rewards is new. */
function goldenRows(operation: LearnOperation | undefined, columns: number): { dense: Float32Array; counts: Float32Array } {
  const n = Math.max(1, Math.min(GOLDEN_ROWS, operation?.items.length ?? 0));
  const dense = new Float32Array(n * columns);
  for (let i = 0; operation !== undefined && i < Math.min(n, operation.items.length); i++) {
    const row = operation.dense.subarray(i * operation.columns, (i + 1) * operation.columns);
    dense.set(row.subarray(0, columns), i * columns);
  }
  return { dense, counts: Float32Array.from({ length: n }, (_, i) => i) };
}

async function readCheckpoint(file: string): Promise<Checkpoint | undefined> {
  try {
    return loadLearner(await readFile(file));
  } catch {
    return undefined;
  }
}
