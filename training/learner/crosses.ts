/**
 * Hashed crosses of strings with a diagonal posterior, learned row by row (docs/adr/0014): for the long tail of pairs
 * that no dense column counts. Their prediction is blended with the shared model's (`blend.ts`). Sequential: `mergeable: false`; it learns a row when its
 * reward is final, so nothing needs to be corrected or taken back. State: two float32 numbers a weight and loss.
 */

import {
  CROSS_BITS,
  CROSS_LOSSES,
  type CrossLoss,
  type CrossParameters,
  crossedMean,
} from "../../src/core/model/crosses.ts";
import { addBlend, type Blend, blended, emptyBlend } from "./blend.ts";

/** Prior precision of one weight: of rewards in units of the noise, of log-odds as it is. */
const PRECISION: Readonly<Record<CrossLoss, number>> = { squared: 5, logistic: 2 };

interface Table {
  /** Weight and precision (the prior, and what the rows said) of each cross side by side: one place of memory. */
  readonly cells: Float32Array;
  readonly blend: Blend;
  /** The row that was summed last, as long as nothing was learned since. */
  summed: Int32Array | undefined;
  sum: number;
}

/** As a checkpoint holds it. */
interface SavedTable {
  readonly weights: Float32Array;
  readonly precision: Float32Array;
  readonly blend: Blend;
}

export class Crosses {
  static readonly mergeable = false;
  /** None before the first row that has crosses, nor where that loss cannot be learned. */
  tables = new Map<CrossLoss, Table>();
  /** Rows learned that had a cross, and the sum of their rewards. */
  rows = 0;
  rewards = 0;
  /** Whether all rewards were 0 or 1. */
  isBinary = true;

  /** What a row without crosses earns. */
  get base(): number {
    return this.rewards / (this.rows + BASE_ROWS);
  }

  /** Mean under one loss, `shared` where there is nothing to add. Cost: a look-up a cross. */
  mean(loss: CrossLoss, crosses: Int32Array, shared: number): number {
    const table = this.tables.get(loss);
    if (table === undefined) return shared;
    const { base } = this;
    return blended(table.blend, { shared, other: crossedMean(loss, base, sumOf(table, crosses)), base });
  }

  /** @param shared what the shared model predicted before the row was learned. */
  learn(crosses: Int32Array, shared: number, reward: number): void {
    if (reward !== 0 && reward !== 1) this.isBinary = false;
    let n = 0;
    for (let k = 0; k < crosses.length; k++) if (crosses[k] !== 0) n++;
    if (n === 0) return;
    const { base } = this;
    if (!this.isBinary) this.tables.delete("logistic");
    for (const loss of CROSS_LOSSES) {
      if (loss === "logistic" && !this.isBinary) continue;
      const table = this.tables.get(loss) ?? emptyTable(PRECISION[loss]);
      this.tables.set(loss, table);
      const mean = crossedMean(loss, base, sumOf(table, crosses));
      addBlend(table.blend, { shared, other: mean, base }, reward);
      // What one row tells: the curvature of the loss.
      const told = loss === "squared" ? 1 : Math.max(TOLD_MIN, mean * (1 - mean));
      update(table, crosses, { error: reward - mean, told, n });
    }
    this.rows++;
    this.rewards += reward;
  }

  save(): Map<CrossLoss, SavedTable> {
    return new Map([...this.tables].map(([loss, { cells, blend }]) => [loss, { ...apart(cells), blend }]));
  }

  load(tables: ReadonlyMap<CrossLoss, SavedTable>): void {
    this.tables = new Map(
      [...tables].map(([loss, { weights, precision, blend }]) => [loss, tableOf({ weights, precision, blend })]),
    );
  }

  /** What a model file holds. @param sigma2 noise variance of the shared model. */
  parameters(loss: CrossLoss, sigma2: number): CrossParameters | undefined {
    const table = this.tables.get(loss);
    if (table === undefined) return undefined;
    const noise = loss === "squared" ? sigma2 : 1;
    const { weights, precision } = apart(table.cells);
    const variances = precision.map((told) => noise / told);
    return { loss, weights, variances, base: this.base, blend: table.blend.weights };
  }
}

/** A certain row still tells a little: else one surprise after it would move the weights without bound. */
const TOLD_MIN = 0.01;

function emptyTable(precision: number): Table {
  const size = 2 ** CROSS_BITS;
  const prior = new Float32Array(size).fill(precision);
  return tableOf({ weights: new Float32Array(size), precision: prior, blend: emptyBlend() });
}

function tableOf({ weights, precision, blend }: SavedTable): Table {
  const cells = new Float32Array(2 * weights.length);
  for (let k = 0; k < weights.length; k++) {
    cells[2 * k] = weights[k];
    cells[2 * k + 1] = precision[k];
  }
  return { cells, blend, summed: undefined, sum: 0 };
}

function apart(cells: Float32Array): { weights: Float32Array; precision: Float32Array } {
  const size = cells.length / 2;
  const weights = new Float32Array(size);
  const precision = new Float32Array(size);
  for (let k = 0; k < size; k++) {
    weights[k] = cells[2 * k];
    precision[k] = cells[2 * k + 1];
  }
  return { weights, precision };
}

function sumOf(table: Table, crosses: Int32Array): number {
  if (table.summed === crosses) return table.sum;
  const { cells } = table;
  let sum = 0;
  for (let k = 0; k < crosses.length; k++) {
    const c = crosses[k];
    if (c > 0) sum += cells[2 * (c - 1)];
    else if (c < 0) sum -= cells[2 * (-c - 1)];
  }
  table.summed = crosses;
  table.sum = sum;
  return sum;
}

/**
 * One step of the posterior: the error is shared out by the variances, 1/precision, and all of it is explained only
 * as far as they outweigh the noise. A row is evidence for all its n crosses at once, so each is told √n times it.
 */
function update(
  table: Table,
  crosses: Int32Array,
  { error, told, n }: { readonly error: number; readonly told: number; readonly n: number },
): void {
  const { cells } = table;
  table.summed = undefined;
  let spread = 0;
  for (let k = 0; k < crosses.length; k++) {
    const c = crosses[k];
    if (c !== 0) spread += 1 / cells[2 * Math.abs(c) - 1];
  }
  const gain = error / (1 + told * spread);
  const evidence = told * n ** SHARE;
  for (let k = 0; k < crosses.length; k++) {
    const c = crosses[k];
    if (c === 0) continue;
    const at = 2 * Math.abs(c) - 1;
    cells[at - 1] += (c > 0 ? gain : -gain) / cells[at];
    cells[at] += evidence;
  }
}

/** Rows of reward 0 that the base begins with. */
const BASE_ROWS = 1;
const SHARE = 0.5;
