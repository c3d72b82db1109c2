/** Columns that are off after the last epoch, because they were constant or new: what they were since, and when to switch them on. */
import { isHash } from "../../src/core/features/hashes.ts";
import type { Pending } from "./pending.ts";
import type { Scale } from "./scale.ts";

/** A column that starts to vary is switched on at the next look after so many changed values. */
const CHANGED_MIN = 20;

/** Running measure of one of them. */
export interface OffColumn {
  first: number;
  n: number;
  changed: number;
  sum: number;
  squares: number;
}

/** Adds the values of rows that go into the sums. Cost: one addition a value of a column that is off. */
export function watchOff(off: Map<number, OffColumn>, pending: Pending, { scale }: Scale): void {
  for (let j = 0; j < pending.width; j++) {
    if (scale[j] !== 0) continue;
    const first = pending.value(0, j);
    const seen = off.get(j) ?? { first, n: 0, changed: 0, sum: 0, squares: 0 };
    off.set(j, seen);
    seen.n += pending.n;
    for (let i = 0; i < pending.n; i++) {
      const x = pending.value(i, j);
      if (x !== seen.first) seen.changed++;
      seen.sum += x;
      seen.squares += x * x;
    }
  }
}

/** Gives columns that vary now, but hashes, their centre and scale; they are off no more. @returns which. */
export function switchOn(off: Map<number, OffColumn>, { centre, scale }: Scale, columns: readonly string[]): number[] {
  const on: number[] = [];
  for (const [j, { n, changed, sum, squares }] of off) {
    if (changed < CHANGED_MIN || isHash(columns[j])) continue;
    const mean = sum / n;
    const sd = Math.sqrt(Math.max(0, squares / n - mean * mean));
    if (!(sd > 1e-5 * (1 + Math.abs(mean)))) continue;
    centre[j] = mean;
    scale[j] = 1 / sd;
    off.delete(j);
    on.push(j);
  }
  return on;
}
