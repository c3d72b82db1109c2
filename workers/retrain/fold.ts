/** The joined log, folded by a learner from where its checkpoint ends. */
import { JoinedReader } from "../../src/adapters/fs/joinedLogReader.ts";
import type { Position } from "../../src/core/domain.ts";
import { FIRST_COLUMNS } from "../../src/core/features/schema.ts";
import { decodeCommit, decodeOperation } from "../../src/core/join/codec.ts";
import type { CorrectOperation, LearnOperation, UnlearnOperation } from "../../src/core/join/operations.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import type { Frame } from "../../src/core/log/frame.ts";
import { CATALOGUE } from "../../src/ports/log.ts";
import { type Checkpoint, markOf } from "../../training/learner/codec.ts";
import { Learner } from "../../training/learner/learner.ts";
import { OwnLearners } from "../../training/learner/own.ts";

export interface FoldOptions {
  /** Of the joined log. */
  readonly directory: string;
  /** End of the last commit to fold; without it the end of the log. */
  readonly until?: Position;
  readonly onProgress?: (position: Position) => void;
}

/** What the fold met that the publication of one line wants to know. */
export interface Last {
  /** Whether anything was learned or corrected. */
  changed: boolean;
  rows: LearnOperation | undefined;
}

export interface Met extends Last {
  cataloguePosition: Position;
  /** By the name of every variant of which rows came. */
  readonly byVariant: Map<string, Last>;
}

type Folded = Required<Pick<Checkpoint, "learner" | "own">>;

const READ_BYTES = 8 * 1024 * 1024;

/**
 * The learner after every commit up to the end. The one in `start` goes on being used.
 * @throws CB_LOG_FENCED, CB_LOG_TRIMMED, CB_LOG_CORRUPT where `start` is not from this log
 */
export async function fold(
  start: Checkpoint | undefined,
  options: FoldOptions,
): Promise<{ checkpoint: Checkpoint; last: Met }> {
  const { directory, until = Number.POSITIVE_INFINITY, onProgress } = options;
  const learner = start?.learner ?? new Learner(FIRST_COLUMNS);
  const own = start?.own ?? new OwnLearners();
  const last: Met = { changed: false, rows: undefined, cataloguePosition: 0, byVariant: new Map() };
  let checkpoint: Checkpoint = { learner, own, position: start?.position ?? 0, mark: start?.mark };
  const reader = new JoinedReader({ directory, from: checkpoint.position });
  try {
    while (reader.position < until) {
      const { frames } = await reader.read(READ_BYTES);
      if (frames.length === 0) break;
      for (const frame of frames) {
        if (frame.next > until) break;
        foldFrame({ learner, own }, frame, last);
        if (frame.kind === OperationKind.commit)
          checkpoint = { learner, own, position: frame.next, mark: markOf(frame) };
      }
      onProgress?.(checkpoint.position);
    }
    return { checkpoint, last };
  } finally {
    reader.close();
  }
}

function foldFrame({ learner, own }: Folded, frame: Frame, last: Met): void {
  if (frame.kind === OperationKind.commit) {
    for (const range of decodeCommit(frame).ranges) if (range.policy === CATALOGUE) last.cataloguePosition = range.to;
    return;
  }
  if (frame.kind === OperationKind.positive) return;
  const operation = decodeOperation(frame);
  own.add(operation, frame.position, learner.columns);
  learner.add(operation, frame.position);
  if (
    operation.kind !== OperationKind.learn &&
    operation.kind !== OperationKind.correct &&
    operation.kind !== OperationKind.unlearn
  )
    return;
  note(last, operation);
  const { variant } = operation;
  if (variant === undefined || !own.byVariant.has(variant)) return;
  const known = last.byVariant.get(variant) ?? { changed: false, rows: undefined };
  last.byVariant.set(variant, known);
  note(known, operation);
}

function note(last: Last, operation: LearnOperation | CorrectOperation | UnlearnOperation): void {
  last.changed = true;
  if (operation.kind === OperationKind.learn && operation.items.length > 0) last.rows = operation;
}
