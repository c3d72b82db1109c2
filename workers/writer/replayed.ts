/**
 * Rounds that are already in the joined log, run again: the ranges of each commit are read from the raw log and
 * applied; every operation must come out as it stands in the joined log, bit for bit.
 */
import type { JoinedReader } from "../../src/adapters/fs/joinedLogReader.ts";
import type { Position } from "../../src/core/domain.ts";
import { BrigandError } from "../../src/core/errors.ts";
import { decodeCommit, encodeOperation } from "../../src/core/join/codec.ts";
import type { Commit, Operation } from "../../src/core/join/operations.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import { decodeRecord } from "../../src/core/log/codec.ts";
import type { Frame } from "../../src/core/log/frame.ts";
import { RecordKind } from "../../src/core/log/records.ts";
import type { Pipeline } from "../../src/core/pipeline.ts";
import { CATALOGUE, type Transport } from "../../src/ports/log.ts";
import type { OperationLog } from "./operationLog.ts";

const BATCH_BYTES = 4 * 1024 * 1024;

/** Answers the places of operations from what stands in the log; complains where they differ. */
export class Expected {
  private frames: readonly Frame[] = [];
  private next = 0;

  expect(frames: readonly Frame[]): void {
    this.frames = frames;
    this.next = 0;
  }

  /** @throws CB_REPLAY_DIVERGED */
  append(operation: Operation): Position {
    const frame = this.frames[this.next++];
    const payload = encodeOperation(operation);
    if (frame === undefined || frame.kind !== operation.kind || Buffer.compare(frame.payload, payload) !== 0) {
      throw diverged(frame?.position ?? -1);
    }
    return frame.position;
  }

  /** @throws CB_REPLAY_DIVERGED where operations are left over */
  finish(): void {
    const left = this.frames[this.next];
    if (left !== undefined) throw diverged(left.position);
  }
}

function diverged(position: Position): BrigandError {
  return new BrigandError("CB_REPLAY_DIVERGED", { position });
}

/**
 * Applies one frame of a raw stream. The catalogue's streams carry no time: only items and users count there. Records of
 * a kind that is not known (a newer format) stop the writer.
 */
export function applyFrame(
  pipeline: Pipeline,
  frame: Frame,
  { policy, stream }: { policy: string; stream: string },
): void {
  const record = decodeRecord(frame);
  if (policy !== CATALOGUE) pipeline.apply(record, frame.time, stream);
  else if (record.kind === RecordKind.item || record.kind === RecordKind.user) pipeline.state.catalogue.apply(record);
}

/** The frames of whole rounds → one list a round, the commit last. */
export function* roundsOf(
  frames: readonly Frame[],
): Generator<{ operations: readonly Frame[]; commit: Commit; end: Position }> {
  let start = 0;
  for (let i = 0; i < frames.length; i++) {
    if (frames[i].kind !== OperationKind.commit) continue;
    yield { operations: frames.slice(start, i), commit: decodeCommit(frames[i]), end: frames[i].next };
    start = i + 1;
  }
}

export interface RoundsToRepeat {
  readonly pipeline: Pipeline;
  /** The pipeline's store; appends to nothing while rounds are repeated. */
  readonly operations: OperationLog;
  readonly transport: Transport;
  /** Stands at the round that the pipeline has to repeat first. */
  readonly reader: JoinedReader;
  /** End of the last round to repeat. */
  readonly until: Position;
  readonly onRound?: (round: {
    readonly operations: readonly Frame[];
    readonly commit: Commit;
    readonly end: Position;
  }) => void;
}

/**
 * Brings the pipeline from where the reader stands to `until`. @throws CB_REPLAY_DIVERGED where an operation comes out
 * differently, CB_LOG_TRIMMED and CB_LOG_CORRUPT where a log has gone
 */
export async function repeatRounds({
  pipeline,
  operations,
  transport,
  reader,
  until,
  onRound,
}: RoundsToRepeat): Promise<void> {
  const expected = new Expected();
  operations.replaying = expected;
  while (reader.position < until) {
    const { frames } = await reader.read(BATCH_BYTES);
    if (frames.length === 0) break;
    for (const round of roundsOf(frames)) {
      if (round.end > until) break;
      expected.expect(round.operations);
      await runRanges({ pipeline, transport }, round.commit.ranges);
      expected.finish();
      onRound?.(round);
    }
  }
  operations.replaying = undefined;
  operations.appended = 0;
}

/** Reads the ranges of a commit from the raw log, in its order. @throws CB_LOG_TRIMMED where they are gone */
export async function runRanges(
  { pipeline, transport }: { pipeline: Pipeline; transport: Transport },
  ranges: Commit["ranges"],
): Promise<void> {
  for (const { policy, stream, from, to } of ranges) {
    let at = from;
    while (at < to) {
      const batch = await transport.read({ policy, stream, from: at, bytesMax: Math.min(BATCH_BYTES, to - at) });
      if (batch.frames.length === 0)
        throw new BrigandError("CB_LOG_CORRUPT", {
          place: `${policy}/${stream} at ${at}`,
          problem: "frames that were committed are missing",
        });
      for (const frame of batch.frames) if (frame.position < to) applyFrame(pipeline, frame, { policy, stream });
      at = batch.next;
    }
  }
}
