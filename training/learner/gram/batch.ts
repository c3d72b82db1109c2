/** Rows by the batch into a block's sums: the same integers as row by row, at about a twentieth of the time. */
import type { Block } from "../blocks.ts";
import { type Scale, UNIT } from "../scale.ts";
import { BATCH_ROWS, kernelBytes, ROWS_A_TURN } from "./kernel.ts";

/** What the language knows of WebAssembly without the library of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: Kernel };
};

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  quantise(
    rows: number,
    rowBytes: number,
    centre: number,
    scale: number,
    out: number,
    groups: number,
    end: number,
  ): void;
  sums(columns: number, end: number, rowsBytes: number, out: number, outBytes: number): void;
}

/** n rows of as many values as the scale has columns, row-major, finite; and their rewards in steps (`quantiseReward`). */
export interface Rows {
  readonly n: number;
  readonly dense: Float32Array;
  readonly steps: Int16Array;
}

/** Rows that are turned into integers at a time: they stay in the cache between copy and use. */
const STAGE_ROWS = 64;
const PAGE_BYTES = 65_536;

/**
 * block.gram, moment and squares as after `addRow` of every row; n is the caller's. Memory: one scratch space a
 * process, 1.3 kB and 8 bytes by column a column. Cost at 64 columns: 0.15 µs a row, and 10 µs a call.
 */
export function addRows(block: Block, rows: Rows, scale: Scale): void {
  const scratch = scratchOf(scale.centre.length);
  scratch.scaled(scale);
  for (let from = 0; from < rows.n; from += BATCH_ROWS)
    scratch.addBatch(rows, from, Math.min(rows.n, from + BATCH_ROWS));
  scratch.takeInto(block);
}

let scratch: Scratch | undefined;

/** One at a time: the widths of a process are few, and memory grows but never shrinks. */
function scratchOf(columns: number): Scratch {
  if (scratch?.columns !== columns) scratch = new Scratch(columns, scratch?.kernel ?? compiled());
  return scratch;
}

function compiled(): Kernel {
  return new WebAssembly.Instance(new WebAssembly.Module(kernelBytes())).exports;
}

/** Integers by column: the features, filled up to four, then the constant and the reward, filled up to four. */
class Scratch {
  readonly columns: number;
  readonly kernel: Kernel;
  private readonly constant: number;
  private readonly places: { centre: number; scale: number; stage: number; integers: number; sums: number };
  private readonly width: number;
  private readonly centre: Float32Array;
  private readonly scale: Float32Array;
  private readonly stage: Float32Array;
  private readonly integers: Int16Array;
  private readonly sums: Float64Array;

  constructor(columns: number, kernel: Kernel) {
    this.columns = columns;
    this.kernel = kernel;
    this.constant = 4 * Math.ceil(columns / 4);
    this.width = this.constant + 4;
    const floats = 4 * this.constant;
    const stageBytes = 16 * Math.ceil((4 * columns * STAGE_ROWS + 16) / 16);
    const integers = 2 * floats + stageBytes;
    const sums = integers + 2 * BATCH_ROWS * this.width;
    this.places = { centre: 0, scale: floats, stage: 2 * floats, integers, sums };
    const missing = sums + 8 * this.width * this.width - kernel.memory.buffer.byteLength;
    if (missing > 0) kernel.memory.grow(Math.ceil(missing / PAGE_BYTES));
    const { buffer } = kernel.memory;
    this.centre = new Float32Array(buffer, 0, this.constant);
    this.scale = new Float32Array(buffer, floats, this.constant);
    this.stage = new Float32Array(buffer, this.places.stage, columns * STAGE_ROWS);
    this.integers = new Int16Array(buffer, integers, BATCH_ROWS * this.width);
    this.sums = new Float64Array(buffer, sums, this.width * this.width);
    new Uint8Array(buffer).fill(0);
  }

  scaled({ centre, scale }: Scale): void {
    this.centre.set(centre);
    this.scale.set(scale);
  }

  /** Rows from `from` up to `to`, at most BATCH_ROWS. */
  addBatch({ dense, steps }: Rows, from: number, to: number): void {
    const { integers, kernel, places, width } = this;
    for (let at = from; at < to; at += STAGE_ROWS)
      this.quantise(dense, { at, n: Math.min(STAGE_ROWS, to - at) }, at - from);
    const constant = this.constant * BATCH_ROWS;
    const reward = constant + BATCH_ROWS;
    const n = to - from;
    const filled = ROWS_A_TURN * Math.ceil(n / ROWS_A_TURN);
    integers.fill(UNIT, constant, constant + n);
    integers.fill(0, constant + n, constant + filled);
    integers.fill(0, reward + n, reward + filled);
    integers.set(steps.subarray(from, to), reward);
    const end = places.integers + 2 * BATCH_ROWS * width;
    kernel.sums(places.integers, end, 2 * filled, places.sums, 8 * width);
  }

  /** n rows from row `at` on, to row `place` of the batch; a row of zeros is one at every centre. */
  private quantise(dense: Float32Array, { at, n }: { at: number; n: number }, place: number): void {
    const { columns, kernel, places, stage } = this;
    stage.set(dense.subarray(at * columns, (at + n) * columns));
    const filled = ROWS_A_TURN * Math.ceil(n / ROWS_A_TURN);
    for (let i = n; i < filled; i++) stage.set(this.centre.subarray(0, columns), i * columns);
    const out = places.integers + 2 * place;
    const end = places.stage + 4 * columns * filled;
    if (columns > 0)
      kernel.quantise(places.stage, 4 * columns, places.centre, places.scale, out, this.constant / 4, end);
  }

  /** Adds what was summed, and forgets it. */
  takeInto(block: Block): void {
    const { columns, constant, sums, width } = this;
    const { gram, moment } = block;
    const first = constant * width;
    const reward = first + width;
    gram[0] += sums[first + constant];
    moment[0] += sums[reward + constant];
    for (let i = 0, k = 1; i < columns; i++) {
      gram[k++] += sums[first + i];
      for (let j = 0, at = i * width; j <= i; j++) gram[k++] += sums[at++];
      moment[i + 1] += sums[reward + i];
    }
    block.squares += sums[reward + constant + 1];
    sums.fill(0);
  }
}
