/**
 * The test for a change (`change.ts`) over learned rows, for all who fold them: rates and learner. What the model that
 * drew a row scored it with is tested, so those who fold the same rows believe in a change at the same row; what the
 * fold believes of it itself as long as no model draws. Where rewards mostly come after their row was learned there is
 * no test.
 */
import { addChange, type Change, emptyChange, isPunctual } from "./change.ts";

/** Plain data: snapshots and checkpoints hold it as it is. */
export interface ChangeWatch {
  test: Change;
  /** Sums of sizes of rewards, and of what came after its row was learned; halved every `FADE_ROWS` rows. */
  told: number;
  late: number;
  rows: number;
  /** Whether scores are what is tested. */
  scored: boolean;
}

/** A row that is learned. */
export interface WatchedRow {
  /** What the model that drew it scored it with; absent where none did. */
  readonly score: number | undefined;
  /** What the fold believes; absent: nothing yet. */
  readonly believed: number | undefined;
  readonly reward: number;
}

const FADE_ROWS = 4_096;
const KEPT = 0.5 ** (1 / FADE_ROWS);

export function emptyChangeWatch(): ChangeWatch {
  return { test: emptyChange(), told: 0, late: 0, rows: 0, scored: false };
}

/** @returns whether a change is believed. Cost: a few operations. */
export function watchRow(watch: ChangeWatch, { score, believed, reward }: WatchedRow): boolean {
  watch.told = watch.told * KEPT + Math.abs(reward);
  watch.late *= KEPT;
  watch.rows++;
  if (score !== undefined && !watch.scored) {
    watch.scored = true;
    watch.test = emptyChange();
  }
  const prediction = watch.scored ? score : believed;
  if (prediction === undefined || !isPunctual(watch)) return false;
  return addChange(watch.test, { prediction, reward }, watch.rows);
}
