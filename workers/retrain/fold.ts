/** The joined log, folded by a learner from where its checkpoint ends. */
import { JoinedReader } from "../../src/adapters/fs/joinedLogReader.ts";
import type { Position } from "../../src/core/domain.ts";
import { FIRST_COLUMNS } from "../../src/core/features/schema.ts";
import { decodeCommit, decodeOperation } from "../../src/core/join/codec.ts";
import type { LearnOperation } from "../../src/core/join/operations.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import type { Frame } from "../../src/core/log/frame.ts";
import { CATALOGUE } from "../../src/ports/log.ts";
import { type Checkpoint, markOf } from "../../training/learner/codec.ts";
import { Learner } from "../../training/learner/learner.ts";

export interface FoldOptions {
  /** Of the joined log. */
  readonly directory: string;
  /** End of the last commit to fold; without it the end of the log. */
  readonly until?: Position;
  readonly onProgress?: (position: Position) => void;
}

/** What the fold met that the publication wants to know. */
export interface Last {
  /** Whether anything was learned or corrected. */
  changed: boolean;
  rows: LearnOperation | undefined;
  cataloguePosition: Position;
}

const READ_BYTES = 8 * 1024 * 1024;

/**
 * The learner after every commit up to the end. The one in `start` goes on being used.
 * @throws CB_LOG_FENCED, CB_LOG_TRIMMED, CB_LOG_CORRUPT where `start` is not from this log
 */
export async function fold(
  start: Checkpoint | undefined,
  options: FoldOptions,
): Promise<{ checkpoint: Checkpoint; last: Last }> {
  const { directory, until = Number.POSITIVE_INFINITY, onProgress } = options;
  const learner = start?.learner ?? new Learner(FIRST_COLUMNS);
  const last: Last = { changed: false, rows: undefined, cataloguePosition: 0 };
  let checkpoint: Checkpoint = { learner, position: start?.position ?? 0, mark: start?.mark };
  const reader = new JoinedReader({ directory, from: checkpoint.position });
  try {
    while (reader.position < until) {
      const { frames } = await reader.read(READ_BYTES);
      if (frames.length === 0) break;
      for (const frame of frames) {
        if (frame.next > until) break;
        foldFrame(learner, frame, last);
        if (frame.kind === OperationKind.commit) checkpoint = { learner, position: frame.next, mark: markOf(frame) };
      }
      onProgress?.(checkpoint.position);
    }
    return { checkpoint, last };
  } finally {
    reader.close();
  }
}

function foldFrame(learner: Learner, frame: Frame, last: Last): void {
  if (frame.kind === OperationKind.commit) {
    for (const range of decodeCommit(frame).ranges) if (range.policy === CATALOGUE) last.cataloguePosition = range.to;
    return;
  }
  if (frame.kind === OperationKind.positive) return;
  const operation = decodeOperation(frame);
  learner.add(operation, frame.position);
  const idle: readonly number[] = [OperationKind.close, OperationKind.schema, OperationKind.vectors];
  last.changed ||= !idle.includes(operation.kind);
  if (operation.kind === OperationKind.learn && operation.items.length > 0) last.rows = operation;
}
