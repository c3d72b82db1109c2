/**
 * Whether what is believed has stopped being true: Page's test (1954) on paired losses. Beside the prediction p of each
 * row stands p′ = m + (p − m)/2, half as sure of what tells rows apart, with m the mean prediction. While p is right p′
 * is worse; once what ranked well does not any more, p′ is better. The score adds up how much more likely the rewards
 * are under p′ than under p, normal with the noise measured lately, and never falls below 0. A common rise or fall of
 * all rewards says nothing, for p′ − p is 0 on average.
 */

/** Plain data: a checkpoint holds it as it is. */
export interface Change {
  /** Rows, and the sums of their predictions and squared errors, halved every `FADE_ROWS`. */
  rows: number;
  predictions: number;
  errors: number;
  score: number;
  /** Rows since the test began anew. */
  since: number;
}

const FADE_ROWS = 4_096;
/** Rows before mean and noise are known well enough, after a change too. */
const QUIET_ROWS = 2_048;
/** At row n a score counts that rows without a change reach with a chance of about 1 / (RARE · n). */
const RARE = 20;
const SHRINK = 0.5;

export function emptyChange(): Change {
  return { rows: 0, predictions: 0, errors: 0, score: 0, since: 0 };
}

/**
 * One judged row. Under no change the expected number of alarms up to row n is about ln(n) / 20, after Lorden (1971):
 * rows between false alarms are at least exp(threshold). Cost: a few operations.
 * @param n rows that the learner has had.
 * @returns whether a change is believed; the test then begins anew.
 */
export function addChange(change: Change, { prediction, reward }: { prediction: number; reward: number }, n: number) {
  const keep = 0.5 ** (1 / FADE_ROWS);
  const error = reward - prediction;
  if (!Number.isFinite(error * error)) return false;
  const noise = change.errors / change.rows;
  const doubt = (change.predictions / change.rows - prediction) * (1 - SHRINK);
  change.rows = change.rows * keep + 1;
  change.predictions = change.predictions * keep + prediction;
  change.errors = change.errors * keep + error * error;
  change.since++;
  if (change.since <= QUIET_ROWS || !(noise > 0)) return false;
  change.score = Math.max(0, change.score + (error * error - (error - doubt) ** 2) / (2 * noise));
  if (!(change.score > Math.log(RARE * Math.max(1, n)))) return false;
  change.score = change.since = 0;
  return true;
}

/** Share of rewards that may come after their row was learned for rows to be tested at once. */
const LATE_MAX = 0.05;

/** Whether hardly any reward comes late. @param told sum of the sizes of rewards; late: of what came later. */
export function isPunctual({ told, late }: { readonly told: number; readonly late: number }): boolean {
  return told > 0 && late <= LATE_MAX * told;
}
