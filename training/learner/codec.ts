/** A learner and the log position it has folded up to ↔ bytes. Equal learners give equal bytes. */
import { crc32 } from "node:zlib";
import { packTree, unpackTree } from "../../src/core/codec/tree.ts";
import type { Position } from "../../src/core/domain.ts";
import { BrigandError } from "../../src/core/errors.ts";
import type { Frame } from "../../src/core/log/frame.ts";
import type { Variant } from "../../src/core/settings/variants.ts";
import type { Crosses } from "./crosses.ts";
import { Learner } from "./learner.ts";
import { OwnLearners } from "./own.ts";

const VERSION = 8;

export interface Checkpoint {
  readonly learner: Learner;
  /** Those of single variants; absent where the log has had no variants. */
  readonly own?: OwnLearners;
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

export function saveLearner({ learner, own, position, mark }: Checkpoint): Uint8Array {
  const some = own !== undefined && (own.variants.length > 0 || own.byVariant.size > 0);
  const variants = some ? own.variants : undefined;
  const byVariant = some ? new Map([...own.byVariant].map(([name, one]) => [name, saved(one)])) : undefined;
  return packTree({ version: VERSION, position, mark, ...saved(learner), variants, byVariant });
}

function saved(learner: Learner) {
  const { columns, rows, scale, blocks, raw, off, without, clippedRewards, sinceLook, vectorsFrom, choice, own } =
    learner;
  const { best, losses, rows: judged, disorders, orderedRows, taken, waiting, waitingRows, own: ownBest } = choice;
  const judgement = { losses, rows: judged, disorders, orderedRows };
  const always = choice.forgets ? {} : { forgets: false };
  const { unchosen, crossed, home, doubts } = choice;
  const watch = { state: choice.watch.state };
  const shared = { best, ...judgement, taken, waiting, waitingRows, ...always };
  const chosen = { ...shared, own: ownBest, home, doubts, unchosen, crossed };
  const { rows: crossedRows, rewards, isBinary } = choice.crosses;
  const tables = choice.crosses.save();
  const { layout, items, shown, rows: ownRows, clock, noiseRows, errors, scale: ownScale } = own;
  const owned = { layout, items, shown, rows: ownRows, clock, noiseRows, errors, scale: ownScale };
  const state = { columns, rows, scale, blocks, raw, off, without, clippedRewards, sinceLook, vectorsFrom };
  return { state, chosen, owned, watch, crosses: { tables, rows: crossedRows, rewards, isBinary } };
}

/** @throws CB_SNAPSHOT_INVALID */
export function loadLearner(bytes: Uint8Array): Checkpoint {
  const read = unpackTree(bytes) as Saved & {
    version: number;
    position: Position;
    mark?: Mark;
    variants?: readonly Variant[];
    byVariant?: Map<string, Saved>;
  };
  const { version, position, mark, variants = [], byVariant = new Map() } = read;
  if (version !== VERSION) throw new BrigandError("CB_SNAPSHOT_INVALID", { problem: `version ${version}` });
  const own = new OwnLearners();
  own.variants = variants;
  own.byVariant = new Map([...byVariant].map(([name, one]) => [name, loaded(one)]));
  return { learner: loaded(read), own, position, mark };
}

interface Saved {
  readonly state: object;
  readonly chosen: object;
  readonly owned: object;
  readonly crosses: { readonly tables: ReturnType<Crosses["save"]> };
  readonly watch: object;
}

function loaded({ state, chosen, owned, crosses, watch }: Saved): Learner {
  const learner = Object.assign(new Learner([]), state);
  Object.assign(learner.choice, chosen);
  const { tables, ...counted } = crosses;
  Object.assign(learner.choice.crosses, counted);
  learner.choice.crosses.load(tables);
  Object.assign(learner.choice.watch, watch);
  Object.assign(learner.own, owned);
  return learner;
}
