/** A learner and the log position it has folded up to ↔ bytes. Equal learners give equal bytes. */
import { crc32 } from "node:zlib";
import { packTree, unpackTree } from "../../src/core/codec/tree.ts";
import type { Position } from "../../src/core/domain.ts";
import { BrigandError } from "../../src/core/errors.ts";
import type { Frame } from "../../src/core/log/frame.ts";
import { Learner } from "./learner.ts";

const VERSION = 2;

export interface Checkpoint {
  readonly learner: Learner;
  /** Everything before it is in. */
  readonly position: Position;
  /** The commit that ends there; absent at the start of the log. A log that has another one is not the one folded. */
  readonly mark?: Mark;
}

export interface Mark {
  readonly at: Position;
  readonly crc: number;
}

export function markOf(commit: Frame): Mark {
  return { at: commit.position, crc: crc32(commit.payload) };
}

export function saveLearner({ learner, position, mark }: Checkpoint): Uint8Array {
  const { columns, rows, scale, blocks, raw, off, without, clippedRewards, sinceLook, vectorsFrom, choice } = learner;
  const { best, losses, rows: judged, taken, waiting, waitingRows } = choice;
  const chosen = { best, losses, rows: judged, taken, waiting, waitingRows };
  const state = { columns, rows, scale, blocks, raw, off, without, clippedRewards, sinceLook, vectorsFrom };
  return packTree({ version: VERSION, position, mark, state, chosen });
}

/** @throws CB_SNAPSHOT_INVALID */
export function loadLearner(bytes: Uint8Array): Checkpoint {
  const saved = unpackTree(bytes) as {
    version: number;
    position: Position;
    mark?: Mark;
    state: object;
    chosen: object;
  };
  if (saved.version !== VERSION) throw new BrigandError("CB_SNAPSHOT_INVALID", { problem: `version ${saved.version}` });
  const learner = Object.assign(new Learner([]), saved.state);
  Object.assign(learner.choice, saved.chosen);
  return { learner, position: saved.position, mark: saved.mark };
}
