/**
 * Rates of all time mislead once other items are the best ones. So each learned row is tested against what was believed
 * of it (`estimators/changeWatch.ts`), and when a change is believed what was counted before it counts little from there
 * on. Scores are tested where there are some, for they know who asked, and see more of a change than an item's rate does.
 *
 * A change is told some hundred rows after it came. It came, most likely, where the test's score rose from 0 for the
 * last time: rows since then are remembered, and go on counting in full.
 */
import { type ChangeWatch, emptyChangeWatch, watchRow } from "../estimators/changeWatch.ts";
import type { PairTable } from "./pairTable.ts";

/** What a tally from before a change counts at most. */
const CHANGED_ROWS = 2;
/** Rows since the score rose that are remembered; of more, the newest. */
const SUSPECTS_MAX = 4_096;

/** A shown row as tallies count it. */
export interface CountedRow {
  /** Index in the policy's table. */
  readonly item: number;
  readonly segments: readonly string[];
  readonly reward: number;
}

/** Plain data: a snapshot holds it as it is. */
export interface RateChange extends ChangeWatch {
  /** Rows since the score was 0. */
  suspects: CountedRow[];
}

/** A row that is learned. */
export interface ToldRow {
  readonly counted: CountedRow;
  /** Its item's rate before it. */
  readonly rate: number;
  /** What the model that drew it believed; absent where none did. */
  readonly score: number | undefined;
}

export function emptyRateChange(): RateChange {
  return { ...emptyChangeWatch(), suspects: [] };
}

/** @returns whether a change is believed; `discount` then acts on it. */
export function testRate(change: RateChange, { rate, score, counted }: ToldRow): boolean {
  const found = watchRow(change, { score, believed: rate, reward: counted.reward });
  if (found || change.test.score > 0) suspect(change, counted);
  else if (change.suspects.length > 0) change.suspects = [];
  return found;
}

function suspect(change: RateChange, row: CountedRow): void {
  change.suspects.push(row);
  if (change.suspects.length > 2 * SUSPECTS_MAX) change.suspects = change.suspects.slice(-SUSPECTS_MAX);
}

/** What a change makes count little. */
export interface Tallies {
  readonly rateChange: RateChange;
  readonly byIndex: readonly { n: number; sum: number; recentN: number; recentSum: number }[];
  /** n and sum of each token, side by side. */
  readonly tokens: Float64Array;
  readonly pairTable: PairTable;
}

/**
 * Other items are the best ones now: what was counted before is little beside what came since and will come.
 * @param count a row enters tallies, or leaves them. Cost: all tallies.
 */
export function discount(tallies: Tallies, count: (row: CountedRow, times: 1 | -1) => void): void {
  const { byIndex, tokens, pairTable, rateChange } = tallies;
  const { suspects } = rateChange;
  rateChange.suspects = [];
  for (const row of suspects) count(row, -1);
  for (const item of byIndex) {
    cap(item, CHANGED_ROWS);
    const recent = { n: item.recentN, sum: item.recentSum };
    cap(recent, CHANGED_ROWS);
    item.recentN = recent.n;
    item.recentSum = recent.sum;
  }
  for (let at = 0; at < tokens.length; at += 2) {
    const token = { n: tokens[at], sum: tokens[at + 1] };
    cap(token, CHANGED_ROWS);
    tokens[at] = token.n;
    tokens[at + 1] = token.sum;
  }
  pairTable.cap(CHANGED_ROWS);
  for (const row of suspects) count(row, 1);
}

/** Counts at most `rows` rows, at the same rate. */
export function cap(tally: { n: number; sum: number }, rows: number): void {
  if (!(tally.n > rows)) return;
  tally.sum *= rows / tally.n;
  tally.n = rows;
}
