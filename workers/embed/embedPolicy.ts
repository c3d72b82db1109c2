/** One policy's item vectors: fold what is new in the joined log, learn when due, hand the vectors to the log. */
import { type FsAppendStream, openAppendStream } from "../../src/adapters/fs/appendStream.ts";
import { newestSnapshot } from "../../src/adapters/fs/snapshots.ts";
import type { TimeMs } from "../../src/core/domain.ts";
import type { VectorsValue } from "../../src/core/embed/vectors.ts";
import { Vocabulary } from "../../src/core/features/vocabulary.ts";
import { encodeRecord } from "../../src/core/log/codec.ts";
import { RecordKind } from "../../src/core/log/records.ts";
import type { Backend } from "../../training/embed/backends/backend.ts";
import type { Declared } from "../../training/embed/content.ts";
import { writeItemModel } from "./itemModelFiles.ts";
import { foldRows, type RowsPlace, writeRows } from "./rowsFile.ts";

/** How far an embed job has come. */
export interface EmbedProgress {
  /** Steps of the training; 0 while the log is being read. */
  readonly step: number;
  readonly steps: number;
  /** Mean −log p of an answer, in nats a row; absent while the log is being read. */
  readonly loss?: number;
}

export interface EmbedOptions extends RowsPlace {
  /** Loads TensorFlow.js; called only when vectors are due. */
  readonly backend: () => Promise<Backend>;
  readonly now: TimeMs;
  /** Unused so far, or used by this process alone. */
  readonly stream: string;
  readonly versionsKept: number;
  readonly itemsMax: number;
  readonly onProgress?: (progress: EmbedProgress) => void;
  readonly elapsed: () => number;
}

export interface Embedded {
  /** Undefined when none were due, or nothing could be learned. */
  readonly version: number | undefined;
  /** Rows that the policy has learned so far. */
  readonly rows: number;
  readonly loss?: number;
  readonly backend?: Backend["name"];
  /** Of the training alone. */
  readonly seconds?: number;
  /** Where the stream of the vectors ends. */
  readonly end?: number;
}

/** The streams of this process by folder: one for all trainings of its life. */
const streams = new Map<string, FsAppendStream>();

/**
 * Only while the policy's embed job is held. A job killed anywhere repeats itself: vectors that are in the log already
 * are found there, and a version that comes twice counts once.
 */
export async function embedPolicy(options: EmbedOptions): Promise<Embedded> {
  const { onProgress } = options;
  const folded = await foldRows(options, () => onProgress?.({ step: 0, steps: 0 }));
  const { embedder, position } = folded;
  const rows = embedder.rows.total;
  const declared = embedder.due ? await declaredOf(options) : undefined;
  if (declared === undefined) return { version: undefined, rows };
  const backend = await options.backend();
  const from = options.elapsed();
  const onStep = (step: number, steps: number, loss: number) => onProgress?.({ step, steps, loss });
  const learned = embedder.learn(backend, { declared, learnedTo: position }, { itemsMax: options.itemsMax, onStep });
  const seconds = (options.elapsed() - from) / 1000;
  const end = learned && (await append(options, learned.value));
  if (learned !== undefined) await writeItemModel(options, learned.value);
  await writeRows(options, folded);
  const version = learned?.value.version;
  return { version, rows, loss: learned?.value.loss, backend: backend.name, seconds, end };
}

/** Items as the writer's newest snapshot knows them; undefined before there is one (half a minute after the first row). */
async function declaredOf({ layout, policy }: RowsPlace): Promise<Declared | undefined> {
  const snapshot = await newestSnapshot(layout.snapshotsOf(policy));
  if (snapshot === undefined) return undefined;
  const vocabulary = new Vocabulary();
  vocabulary.load(snapshot.pipeline.state.vocabulary);
  return { items: snapshot.pipeline.state.items, vocabulary };
}

/** On the disk when it resolves. @returns the end of the stream. @throws CB_LOG_WRITE_FAILED */
async function append({ layout, policy, stream, now }: EmbedOptions, value: VectorsValue): Promise<number> {
  const directory = layout.streamOf(policy, stream);
  const open = streams.get(directory) ?? openAppendStream({ directory });
  streams.set(directory, open);
  const record = { ...value, kind: RecordKind.vectors } as const;
  await open.append({ kind: record.kind, time: now, payload: [encodeRecord(record)], level: "disk" }).durable;
  return open.end;
}
