/** A learner and the log position it has folded up to ↔ bytes. Equal learners give equal bytes. */
import { packTree, unpackTree } from "../../src/core/codec/tree.ts";
import { BrigandError } from "../../src/core/errors.ts";
import type { Position } from "../../src/core/domain.ts";
import { Learner } from "./learner.ts";

const VERSION = 1;

export interface Checkpoint {
  readonly learner: Learner;
  /** Everything before it is in. */
  readonly position: Position;
}

export function saveLearner({ learner, position }: Checkpoint): Uint8Array {
  const { columns, rows, scale, blocks, raw, off, without, clippedRewards, sinceLook, choice } = learner;
  const { best, losses, rows: judged, taken, waiting, waitingRows } = choice;
  const chosen = { best, losses, rows: judged, taken, waiting, waitingRows };
  const state = { columns, rows, scale, blocks, raw, off, without, clippedRewards, sinceLook };
  return packTree({ version: VERSION, position, state, chosen });
}

/** @throws CB_SNAPSHOT_INVALID */
export function loadLearner(bytes: Uint8Array): Checkpoint {
  const saved = unpackTree(bytes) as { version: number; position: Position; state: object; chosen: object };
  if (saved.version !== VERSION) throw new BrigandError("CB_SNAPSHOT_INVALID", { problem: `version ${saved.version}` });
  const learner = Object.assign(new Learner([]), saved.state);
  Object.assign(learner.choice, saved.chosen);
  return { learner, position: saved.position };
}
