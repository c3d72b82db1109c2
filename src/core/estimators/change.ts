/**
 * Whether what is believed has stopped being true: Page's test (1954) on paired losses. The prediction of a row is
 * p = m + b·(x − m): x as believed, m its mean, b in [0, 1] how much of its differences the rewards of some thousand
 * rows bore out (rates of few rows differ by chance alone; that is no change). Beside it stands p′ = m + (p − m)/2, half
 * as sure of what tells rows apart. While p is right p′ is worse; once what ranked well does not any more, p′ is better.
 * The score adds up how much more likely the rewards are under p′ than under p, normal with the noise measured lately,
 * and never falls below 0. A common rise or fall of all rewards says nothing, for p′ − p is 0 on average. Rewards seldom
 * have one noise: a few items that are clicked half the time among many that never are have nearly all of it, and nearly
 * all of (x − m)². So the noise is measured with those weights, where it moves the score.
 */

/** Plain data: a checkpoint holds it as it is. */
export interface Change {
  /** Rows, the sums of their x and of their rewards r, halved every `FADE_ROWS`. */
  rows: number;
  predictions: number;
  rewards: number;
  /** Sums, faded alike, of (x − m)², of (x − m)·(r − mean reward), and of (x − m)²·(r − p)². */
  spread: number;
  borneOut: number;
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
  return { rows: 0, predictions: 0, rewards: 0, spread: 0, borneOut: 0, errors: 0, score: 0, since: 0 };
}

/**
 * One judged row. Under no change the expected number of alarms up to row n is about ln(n) / 20, after Lorden (1971):
 * rows between false alarms are at least exp(threshold). Cost: a few operations.
 * @param n rows that the learner has had.
 * @returns whether a change is believed; the test then begins anew.
 */
export function addChange(change: Change, { prediction, reward }: { prediction: number; reward: number }, n: number) {
  const keep = 0.5 ** (1 / FADE_ROWS);
  if (!Number.isFinite((reward - prediction) ** 2)) return false;
  const { rows } = change;
  const apart = rows > 0 ? prediction - change.predictions / rows : 0;
  const slope = change.spread > 0 ? Math.min(1, Math.max(0, change.borneOut / change.spread)) : 1;
  const error = rows > 0 ? reward - change.rewards / rows - slope * apart : reward - prediction;
  const doubt = -(1 - SHRINK) * slope * apart;
  const noise = change.errors / change.spread;
  change.spread = change.spread * keep + apart * apart;
  change.borneOut = change.borneOut * keep + (rows > 0 ? apart * (reward - change.rewards / rows) : 0);
  change.errors = change.errors * keep + (apart * error) ** 2;
  change.rows = rows * keep + 1;
  change.predictions = change.predictions * keep + prediction;
  change.rewards = change.rewards * keep + reward;
  change.since++;
  if (change.since <= QUIET_ROWS || !(noise > 0)) return false;
  change.score = Math.max(0, change.score + (error ** 2 - (error - doubt) ** 2) / (2 * noise));
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
