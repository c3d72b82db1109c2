/**
 * Whether what a policy remembers is what its log says: the state of a writer that starts again from the newest
 * snapshot, and the learner of the checkpoint, against both folded from the beginning. Only reads, so it may run beside
 * a writer: everything is compared at the one position where the log ended in the beginning.
 */
import { createHash } from "node:crypto";
import { committedEnd } from "../../src/adapters/fs/joinedLogScan.ts";
import { newestSnapshot } from "../../src/adapters/fs/snapshots.ts";
import type { Position } from "../../src/core/domain.ts";
import { saveLearner } from "../../training/learner/codec.ts";
import { fold } from "../retrain/fold.ts";
import { checkpointOfLog } from "../retrain/trainer.ts";
import { firstDifference } from "./firstDifference.ts";
import { digestOf, type ReplayPlace, replayState } from "./replayState.ts";

/** One thing made twice: from the beginning of the log, and from where it was kept. */
export interface Comparison {
  /** SHA-256, hex. */
  readonly fromBeginning: string;
  /** Of the other way; equal where there is nothing kept yet. */
  readonly fromKept: string;
  /** Where the kept one stood; undefined where nothing was kept. */
  readonly keptAt?: Position;
  readonly equal: boolean;
  /** Path of the first value that differs. */
  readonly difference?: string;
}

export interface Verified {
  readonly policy: string;
  readonly position: Position;
  readonly rounds: number;
  readonly operations: number;
  readonly rawBytes: number;
  readonly state: Comparison;
  readonly learner: Comparison;
  /** Rows that the learner holds. */
  readonly rows: number;
  readonly equal: boolean;
}

/** @param onProgress share done, 0 … 1. @throws CB_REPLAY_DIVERGED, CB_LOG_TRIMMED, CB_LOG_CORRUPT */
export async function verifyPolicy(
  place: ReplayPlace,
  onProgress: (share: number) => void = () => {},
): Promise<Verified> {
  const { layout, policy } = place;
  const directory = layout.joinedOf(policy);
  /** What is kept first, the end of the log after it: so nothing kept is ahead of the end. */
  const snapshot = await newestSnapshot(layout.snapshotsOf(policy));
  const checkpoint = await checkpointOfLog(layout, policy);
  const keptAt = checkpoint?.position;
  const until = await committedEnd(directory, Number.POSITIVE_INFINITY);
  const whole = await replayState(place, { until, onProgress: (position) => onProgress((0.7 * position) / until) });
  const resumed = snapshot === undefined ? whole : await replayState(place, { from: snapshot, until });
  const state = compare(digestOf(whole.snapshot), digestOf(resumed.snapshot), snapshot?.position);
  const folded = await fold(undefined, {
    directory,
    until,
    onProgress: (position) => onProgress(0.7 + (0.3 * position) / until),
  });
  const advanced = await fold(checkpoint, { directory, until });
  const learner = compare(sha256(saveLearner(folded.checkpoint)), sha256(saveLearner(advanced.checkpoint)), keptAt);
  const { rounds, operations, rawBytes } = whole;
  return {
    policy,
    position: until,
    rounds,
    operations,
    rawBytes,
    state: state.equal
      ? state
      : { ...state, difference: firstDifference(whole.snapshot.pipeline, resumed.snapshot.pipeline) },
    learner: learner.equal
      ? learner
      : { ...learner, difference: firstDifference(folded.checkpoint, advanced.checkpoint) },
    rows: folded.checkpoint.learner.rows,
    equal: state.equal && learner.equal,
  };
}

function compare(fromBeginning: string, fromKept: string, keptAt: Position | undefined): Comparison {
  return { fromBeginning, fromKept, keptAt, equal: fromBeginning === fromKept };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
