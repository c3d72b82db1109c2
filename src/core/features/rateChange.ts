/**
 * Rates of all time mislead once other items are the best ones. So each learned row is tested against its item's rate
 * (`estimators/change.ts`), and when a change is believed what was counted before it counts little from there on.
 * Where rewards mostly come after their row was learned there is no test.
 */
import { addChange, type Change, emptyChange, isPunctual } from "../estimators/change.ts";

/** Plain data: a snapshot holds it as it is. Sums of sizes of rewards, halved every `FADE_ROWS` rows. */
export interface RateChange {
  readonly test: Change;
  told: number;
  late: number;
}

const FADE_ROWS = 4_096;
const KEPT = 0.5 ** (1 / FADE_ROWS);

export function emptyRateChange(): RateChange {
  return { test: emptyChange(), told: 0, late: 0 };
}

/** A row is learned. @param rate of its item before it. @param n rows so far. @returns whether a change is believed. */
export function testRate(change: RateChange, row: { readonly rate: number; readonly reward: number }, n: number) {
  change.told = change.told * KEPT + Math.abs(row.reward);
  change.late *= KEPT;
  if (!isPunctual(change)) return false;
  return addChange(change.test, { prediction: row.rate, reward: row.reward }, n);
}

/** Counts at most `rows` rows, at the same rate. */
export function cap(tally: { n: number; sum: number }, rows: number): void {
  if (!(tally.n > rows)) return;
  tally.sum *= rows / tally.n;
  tally.n = rows;
}
