/**
 * Rows that belong to a block and are not in its sums yet. Sums are exact integers, so it does not matter when rows go
 * into them, and a batch costs a twentieth of its rows one by one (gram/batch.ts). Nothing of this is ever saved.
 */
import type { Block } from "./blocks.ts";
import { addRows } from "./gram/batch.ts";
import { BATCH_ROWS } from "./gram/kernel.ts";
import { quantiseReward, type Scale } from "./scale.ts";

const FIRST_ROWS = 16;

export class Pending {
  n = 0;
  /** Values that every one of the rows has; those of a later column are missing. */
  width = 0;
  private columns = 0;
  private dense = new Float32Array(0);
  private steps = new Int16Array(0);

  /** Whether this row must wait until those here have gone. */
  isFull(dense: Float32Array): boolean {
    return this.n === BATCH_ROWS || (this.n > 0 && this.width !== Math.min(dense.length, this.columns));
  }

  /** A row of at most as many values as the scale has columns, under the scale of all others here. @returns its reward in steps. */
  add({ dense, reward }: { readonly dense: Float32Array; readonly reward: number }, scale: Scale): number {
    const { centre } = scale;
    if (this.n === 0) {
      this.columns = centre.length;
      this.width = Math.min(dense.length, this.columns);
    }
    this.reserve();
    const at = this.n * this.columns;
    for (let j = 0; j < this.width; j++) this.dense[at + j] = dense[j];
    for (let j = this.width; j < this.columns; j++) this.dense[at + j] = centre[j];
    const steps = quantiseReward(reward, scale.rewardUnit);
    this.steps[this.n++] = steps;
    return steps;
  }

  value(row: number, column: number): number {
    return this.dense[row * this.columns + column];
  }

  /** The rows' sums; their number is counted already. None is left here. */
  addTo(block: Block, scale: Scale): void {
    addRows(block, { n: this.n, dense: this.dense, steps: this.steps }, scale);
    this.clear();
  }

  /** A place that is asked for its sums all the time keeps little. */
  clear(): void {
    if (this.n * 4 < this.steps.length) {
      this.dense = new Float32Array(0);
      this.steps = new Int16Array(0);
    }
    this.n = 0;
  }

  private reserve(): void {
    const room = this.steps.length;
    if (this.n < room && this.dense.length === room * this.columns) return;
    const rows = this.n < room ? room : Math.min(BATCH_ROWS, Math.max(FIRST_ROWS, 2 * room));
    const dense = new Float32Array(rows * this.columns);
    const steps = new Int16Array(rows);
    dense.set(this.dense.subarray(0, this.n * this.columns));
    steps.set(this.steps.subarray(0, this.n));
    this.dense = dense;
    this.steps = steps;
  }
}
