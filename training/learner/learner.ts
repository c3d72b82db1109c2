/**
 * The exact second-order learner: a fold over the joined log. Its state is a function of the operations up to
 * `position` and of nothing else: epochs, blocks and choices happen at row counts, never at times or job boundaries.
 */
import { FACTOR_COLUMNS } from "../../src/core/features/factor.ts";
import { isHash } from "../../src/core/features/hashes.ts";
import type { CorrectOperation, LearnOperation, Operation, UnlearnOperation } from "../../src/core/join/operations.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import { type CrossLayout, crossLayout } from "../../src/core/model/crosses.ts";
import { addRow, type Block, compactBlocks, correctRow, discountBlocks, emptyBlock, widenBlock } from "./blocks.ts";
import { Choice } from "./choice.ts";
import { FOURIER, ItemBlocks, type OwnStart } from "./itemBlocks.ts";
import { ownColumns } from "./itemLayout.ts";
import { type OffColumn, switchOn, watchOff } from "./offColumns.ts";
import { Pending } from "./pending.ts";
import { measure, quantise, quantiseReward, REWARD_STEPS_MAX, type Scale } from "./scale.ts";
import { type Posterior, posterior, type SolveOptions, weightsOf } from "./solve.ts";

/** Rows at which a feature epoch begins: scales are measured anew and all rows so far are folded again. */
export const EPOCHS = [8, 32, 128, 512, 2048, 8192];
const LAST_EPOCH = EPOCHS[EPOCHS.length - 1];
/** Rows of a block, and between two looks at the competing variants. */
export const BLOCK_ROWS = 512;

/** What all rows from before a change count together. */
const CHANGED_ROWS = 512;

/** With no more items than this, their own coefficients are believed until something else predicts better. */
const FEW_ITEMS = 32;

export interface RawRow {
  readonly item: string;
  readonly dense: Float32Array;
  reward: number;
}

export class Learner {
  columns: readonly string[];
  rows = 0;
  scale: Scale;
  choice: Choice;
  /** Items' own coefficients. */
  own: ItemBlocks;
  /** All rows until the last epoch has begun, by log position of their operation: what an epoch folds again. */
  raw = new Map<number, (RawRow | undefined)[]>();
  off = new Map<number, OffColumn>();
  /** Columns switched on within the epoch: rows up to this log position were folded without them. */
  without = new Map<number, number>();
  clippedRewards = 0;
  /** Log position of the policy's first item vectors. */
  vectorsFrom: number | undefined;
  /** Rows since the last look at the variants. */
  sinceLook = 0;
  private crossing: { readonly columns: readonly string[]; readonly layout: CrossLayout | undefined } | undefined;
  private summed: Block[] = [];
  /** The newest rows of the last block, which its sums do not hold yet. */
  private readonly pending = new Pending();

  constructor(columns: readonly string[]) {
    this.columns = columns;
    this.scale = firstScale(columns);
    this.choice = new Choice();
    this.own = new ItemBlocks(this.scale);
  }

  get order(): number {
    return this.columns.length + 1;
  }

  /** Cost: a batch of the rows since it was last asked for. */
  get blocks(): Block[] {
    this.settle();
    return this.summed;
  }

  set blocks(blocks: Block[]) {
    this.pending.clear();
    this.summed = blocks;
  }

  private get layout(): CrossLayout | undefined {
    const { columns } = this;
    if (this.crossing?.columns !== columns) this.crossing = { columns, layout: crossLayout(columns) };
    return this.crossing.layout;
  }

  /** Folds one operation that stands at `position` of the joined log. */
  add(operation: Operation, position: number): void {
    if (operation.kind === OperationKind.schema) this.widen(operation.columns);
    else if (operation.kind === OperationKind.learn) this.learn(operation, position);
    else if (operation.kind === OperationKind.correct) this.correct(operation);
    else if (operation.kind === OperationKind.unlearn) this.unlearn(operation);
    else if (operation.kind === OperationKind.vectors) this.vectorsFrom ??= position;
    else if (operation.kind === OperationKind.close && operation.learnedAt !== undefined)
      this.choice.close(operation.learnedAt);
    if (this.choice.watch.found) this.discount(position);
  }

  /** Posterior under the variant that predicts best so far. */
  value(): Posterior {
    return posterior(this.blocks, this.solveOptions(), this.choice.variants[this.choice.best]);
  }

  private solveOptions(): SolveOptions {
    const { order, rows: lastRow, vectorsFrom } = this;
    const late = this.columns.flatMap((name, j) => (FACTOR_COLUMNS.includes(name) ? [j + 1] : []));
    return { order, lastRow, rewardUnit: this.scale.rewardUnit, vectorsFrom, late };
  }

  private widen(columns: readonly string[]): void {
    this.settle();
    const known = new Set(this.columns);
    this.columns = [...this.columns, ...columns.filter((column) => !known.has(column))];
    const { centre, scale } = firstScale(this.columns);
    centre.set(this.scale.centre);
    scale.set(this.scale.scale);
    for (let j = known.size; j < this.columns.length; j++) scale[j] = this.rows < LAST_EPOCH ? scale[j] : 0;
    this.scale = { ...this.scale, centre, scale };
    for (const block of this.summed) widenBlock(block, this.order);
  }

  private learn(operation: LearnOperation, position: number): void {
    const before = this.rows;
    const kept = before < LAST_EPOCH;
    const rows = operation.items.map((item, i) => ({
      item,
      dense: denseOf(operation, i, kept),
      reward: operation.rewards[i],
    }));
    this.choice.watch.acts = before > LAST_EPOCH;
    this.choice.predict(position, rows, { own: this.own, layout: this.layout });
    this.choice.look(position, operation);
    for (const row of rows) {
      this.rows++;
      this.fold(row, position);
      this.own.learn(row, position);
    }
    if (kept) this.raw.set(position, rows);
    this.sinceLook += rows.length;
    if (kept && EPOCHS.some((at) => before < at && at <= this.rows)) this.beginEpoch(position);
    else if (this.sinceLook >= BLOCK_ROWS) this.look(position);
  }

  private fold(row: RawRow, position: number): void {
    let block = this.summed.at(-1);
    const boundary = this.vectorsFrom ?? 0;
    const before = block !== undefined && block.to < boundary && position > boundary;
    if (block === undefined || before || block.weight !== 1 || (block.n >= BLOCK_ROWS && block.to !== position)) {
      this.settle();
      if (block !== undefined) compactBlocks(this.summed, BLOCK_ROWS, boundary);
      block = emptyBlock(position, this.order);
      this.summed.push(block);
    }
    block.to = position;
    block.lastRow = this.rows;
    block.n++;
    if (this.pending.isFull(row.dense)) this.settle();
    const steps = this.pending.add(row, this.scale);
    if (Math.abs(steps) === REWARD_STEPS_MAX) this.clippedRewards++;
  }

  /** Rows that wait go into the sums of the last block: before anything reads those, or the scale moves. */
  private settle(): void {
    const block = this.summed.at(-1);
    if (block === undefined || this.pending.n === 0) return;
    watchOff(this.off, this.pending, this.scale);
    this.pending.addTo(block, this.scale);
  }

  private correct(operation: CorrectOperation): void {
    const raw = this.raw.get(operation.learnedAt)?.[operation.row];
    if (raw !== undefined) raw.reward = operation.after;
    this.choice.watch.state.late += Math.abs(operation.after - operation.before);
    this.choice.correct(operation.learnedAt, operation.row, operation.after);
    const { item, dense, before: reward, after, learnedAt } = operation;
    this.own.correct({ item, dense, reward }, after, learnedAt);
    const block = this.blockAt(learnedAt);
    if (block === undefined) return;
    const q = this.asFolded(operation);
    const { rewardUnit } = this.scale;
    correctRow(block, q, quantiseReward(operation.before, rewardUnit), quantiseReward(operation.after, rewardUnit));
  }

  private unlearn(operation: UnlearnOperation): void {
    const raw = this.raw.get(operation.learnedAt);
    if (raw !== undefined) raw[operation.row] = undefined;
    this.choice.drop(operation.learnedAt, operation.row);
    const { item, dense, before: reward, learnedAt } = operation;
    this.own.unlearn({ item, dense, reward }, learnedAt);
    const block = this.blockAt(learnedAt);
    if (block === undefined) return;
    addRow(block, this.asFolded(operation), quantiseReward(operation.before, this.scale.rewardUnit), -1);
  }

  /** The integers with which a row of this epoch entered its block. */
  private asFolded({ dense, learnedAt }: CorrectOperation | UnlearnOperation): Float64Array {
    const q = new Float64Array(this.order);
    quantise(dense, this.scale, q);
    for (const [column, position] of this.without) if (learnedAt <= position) q[column + 1] = 0;
    return q;
  }

  private blockAt(position: number): Block | undefined {
    return this.summed.findLast((block) => block.from <= position && position <= block.to);
  }

  /** Measures scales over all rows so far and folds them again. */
  private beginEpoch(position: number): void {
    this.settle();
    const all = [...this.raw.values()].flat().filter((row) => row !== undefined);
    this.scale = withoutHashes(measure(all, this.columns.length), this.columns);
    this.blocks = [];
    this.off.clear();
    this.without.clear();
    this.clippedRewards = 0;
    const total = this.rows;
    this.rows = 0;
    this.beginOwn({ from: 0, busiest: busiest(all), rows: all });
    const solve = this.own.isSolvedFaster(all.length);
    for (const [at, rows] of this.raw) {
      for (const row of rows) {
        this.rows++;
        if (row === undefined) continue;
        this.fold(row, at);
        this.own.learn(row, at, solve);
      }
    }
    if (solve) this.own.solveAll();
    this.rows = total;
    if (total >= LAST_EPOCH) this.raw.clear();
    this.look(position);
  }

  private beginOwn(start: OwnStart): void {
    const first = this.own.layout === undefined;
    this.own.begin(ownColumns(this.columns, this.scale), this.scale, start);
    if (first && this.own.layout !== undefined && start.busiest.length <= FEW_ITEMS) this.choice.beginWith(FOURIER);
  }

  /** After the last epoch: anew once a request has twice the columns that it had, else items give way to busier ones. */
  private renewOwn(position: number): void {
    const { layout, shown } = this.own;
    const inputs = ownColumns(this.columns, this.scale).length;
    if (inputs >= Math.max(1, 2 * (layout?.columns.length ?? 0)))
      this.beginOwn({
        from: position + 1,
        busiest: [...shown.keys()].sort((a, b) => (shown.get(b) ?? 0) - (shown.get(a) ?? 0)),
        rows: [],
      });
    this.own.look();
  }

  /** What is believed has stopped being true: what was learned counts little from here on beside what comes. */
  private discount(position: number): void {
    this.settle();
    this.summed = discountBlocks(this.summed, CHANGED_ROWS);
    this.own.forget(position + 1);
    this.choice.acted();
    this.look(position);
  }

  /** Chooses the variant for the time until the next look and solves all of them again. */
  private look(position: number): void {
    this.sinceLook = 0;
    this.settle();
    for (const column of switchOn(this.off, this.scale, this.columns)) this.without.set(column, position);
    if (this.rows > LAST_EPOCH) this.renewOwn(position);
    this.choice.take(weightsOf(this.summed, this.solveOptions(), this.choice.variants), this.scale);
  }
}

/** Items by how often they were shown, equal ones in the order of their first row. */
function busiest(rows: readonly RawRow[]): string[] {
  const counts = new Map<string, number>();
  for (const { item } of rows) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([item]) => item);
}

/** One row's values: a copy where they are kept, else a view, which nobody reads after the operation. */
function denseOf({ dense, columns, items }: LearnOperation, row: number, kept: boolean): Float32Array {
  if (kept) return dense.slice(row * columns, (row + 1) * columns);
  return items.length === 1 && dense.length === columns ? dense : dense.subarray(row * columns, (row + 1) * columns);
}

/** Hashes are no numbers: the sums leave them out. */
function withoutHashes({ centre, scale, rewardUnit }: Scale, columns: readonly string[]): Scale {
  columns.forEach((name, j) => {
    if (isHash(name)) centre[j] = scale[j] = 0;
  });
  return { centre, scale, rewardUnit };
}

/** Before the first epoch only columns that come scaled (relative ones) are on. */
function firstScale(columns: readonly string[]): Scale {
  const scale = Float32Array.from(columns, (name) => (name.endsWith("|z") ? 1 : 0));
  return { centre: new Float32Array(columns.length), scale, rewardUnit: 2 ** -10 };
}
