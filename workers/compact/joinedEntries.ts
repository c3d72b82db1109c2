/** The joined log's files as the compact job reads them: only what it folds is decoded. */
import { JoinedLookup } from "../../src/adapters/fs/joinedLogLookup.ts";
import { JoinedReader as SegmentsReader } from "../../src/adapters/fs/joinedLogReader.ts";
import type { Position } from "../../src/core/domain.ts";
import { BrigandError } from "../../src/core/errors.ts";
import { decodeOperation } from "../../src/core/join/codec.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import { CATALOGUE } from "../../src/ports/log.ts";
import type { JoinedEntry, JoinedReader } from "../compact.ts";
import { roundsOf } from "../writer/replayed.ts";

const READ_BYTES = 4 * 1024 * 1024;
const folded: ReadonlySet<number> = new Set([
  OperationKind.schema,
  OperationKind.learn,
  OperationKind.unlearn,
  OperationKind.close,
]);

/**
 * @param log.from any operation's position: the first round may be delivered in part.
 * Memory: one batch. @throws CB_LOG_TRIMMED, CB_LOG_CORRUPT, CB_LOG_FENCED
 */
export function joinedEntries(log: {
  readonly directory: string;
  readonly from: Position;
}): JoinedReader & { close(): void } {
  const reader = new SegmentsReader(log);
  const lookup = new JoinedLookup(log.directory);
  let cataloguePosition: Position | undefined;
  return {
    async next() {
      const { frames, next } = await reader.read(READ_BYTES);
      const entries: JoinedEntry[] = [];
      for (const { operations, commit } of roundsOf(frames)) {
        cataloguePosition = commit.ranges.findLast(({ policy }) => policy === CATALOGUE)?.to ?? cataloguePosition;
        for (const frame of operations) {
          if (!folded.has(frame.kind)) continue;
          entries.push({ position: frame.position, operation: decodeOperation(frame), cataloguePosition });
        }
      }
      return { entries, next };
    },
    async learnAt(position) {
      const operation = decodeOperation(lookup.at(position));
      if (operation.kind === OperationKind.learn) return operation;
      throw new BrigandError("CB_LOG_CORRUPT", {
        place: `position ${position} in ${log.directory}`,
        problem: "no learn operation stands here",
      });
    },
    close() {
      reader.close();
      lookup.close();
    },
  };
}
