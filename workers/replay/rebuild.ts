/** Snapshot and checkpoint of a policy, made anew from its logs. */
import { committedEnd } from "../../src/adapters/fs/joinedLogScan.ts";
import { writeSnapshot } from "../../src/adapters/fs/snapshots.ts";
import type { Position } from "../../src/core/domain.ts";
import { BrigandError } from "../../src/core/errors.ts";
import { holdingJob } from "../jobLock.ts";
import { fold } from "../retrain/fold.ts";
import { writeCheckpoint } from "../retrain/trainer.ts";
import { digestOf, type ReplayPlace, replayState } from "./replayState.ts";

export interface Rebuilt {
  readonly policy: string;
  readonly position: Position;
  readonly rounds: number;
  readonly operations: number;
  readonly rawBytes: number;
  readonly rows: number;
  /** SHA-256 of the state, hex. */
  readonly digest: string;
}

/**
 * Holds the policy meanwhile. @param onProgress share done, 0 … 1.
 * @throws CB_REPLAY_BUSY while a writer holds the policy, CB_JOB_BUSY while it is trained, CB_REPLAY_DIVERGED,
 * CB_LOG_TRIMMED, CB_LOG_CORRUPT
 */
export async function rebuildPolicy(
  place: ReplayPlace,
  onProgress: (share: number) => void = () => {},
): Promise<Rebuilt> {
  const { policy, transport, layout } = place;
  const lease = await transport.acquire(policy);
  if (lease === undefined) throw new BrigandError("CB_REPLAY_BUSY", { policy });
  try {
    return await holdingJob({ layout, policy, job: "retrain" }, () => rebuild(place, onProgress));
  } finally {
    await lease.release();
  }
}

async function rebuild(place: ReplayPlace, onProgress: (share: number) => void): Promise<Rebuilt> {
  const { policy, layout } = place;
  const directory = layout.joinedOf(policy);
  const until = await committedEnd(directory, Number.POSITIVE_INFINITY);
  const { snapshot, ...total } = await replayState(place, {
    until,
    onProgress: (position) => onProgress((0.7 * position) / until),
  });
  await writeSnapshot(layout.snapshotsOf(policy), snapshot);
  const { checkpoint } = await fold(undefined, {
    directory,
    until,
    onProgress: (position) => onProgress(0.7 + (0.3 * position) / until),
  });
  await writeCheckpoint(layout, policy, checkpoint);
  return { policy, position: until, ...total, rows: checkpoint.learner.rows, digest: digestOf(snapshot) };
}
