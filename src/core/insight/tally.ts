/**
 * Sums over decisions that have settled: everything the page says of a stretch of time or of a variant is a ratio of
 * these. Sums add up, so that stretches merge (`mergeTally`) and corrections are exact.
 *
 * For a target policy with prefix weights w₁ … w_L of a list (`weights.ts`): x = Σ wₗ·rₗ, m = Σ wₗ.
 */

/** Sums of x and m over lists; enough for the ratio estimate and its standard error. */
export interface WeightSums {
  n: number;
  x: number;
  m: number;
  xx: number;
  xm: number;
  mm: number;
}

export interface Tally {
  /** Lists that settled, and those that the model drew. */
  lists: number;
  drawn: number;
  /** Rows of the drawn lists. */
  rows: number;
  /** Rewards of lists: sum and sum of squares. */
  reward: number;
  rewardSquares: number;
  /** Drawn lists under the uniform ranking, under the caller's order, and at its first place alone. */
  readonly uniform: WeightSums;
  readonly caller: WeightSums;
  readonly first: WeightSums;
  /** What drawn lists earned at position 1, every weight 1. */
  readonly firstPlace: WeightSums;
  /** Slots whose item had company, −ln p over ln(items left) summed, slots at no more than twice the floor. */
  slots: number;
  surprise: number;
  floorHits: number;
}

/** What a list contributes; kept while its rewards may still change. */
export interface ListWeights {
  readonly uniform: readonly number[];
  readonly caller: readonly number[];
}

const emptySums = (): WeightSums => ({ n: 0, x: 0, m: 0, xx: 0, xm: 0, mm: 0 });

export function emptyTally(): Tally {
  return {
    ...{ lists: 0, drawn: 0, rows: 0, reward: 0, rewardSquares: 0 },
    ...{ uniform: emptySums(), caller: emptySums(), first: emptySums(), firstPlace: emptySums() },
    ...{ slots: 0, surprise: 0, floorHits: 0 },
  };
}

/** Adds one list's x and m. */
export function addWeights(sums: WeightSums, x: number, m: number): void {
  sums.n++;
  sums.x += x;
  sums.m += m;
  sums.xx += x * x;
  sums.xm += x * m;
  sums.mm += m * m;
}

/** A list that was added with x before has x + delta now. */
export function moveWeights(sums: WeightSums, list: { readonly x: number; readonly m: number }, delta: number): void {
  sums.x += delta;
  sums.xx += delta * (2 * list.x + delta);
  sums.xm += delta * list.m;
}

/** Adds `other` to `to`. */
export function mergeTally(to: Tally, other: Tally): void {
  to.lists += other.lists;
  to.drawn += other.drawn;
  to.rows += other.rows;
  to.reward += other.reward;
  to.rewardSquares += other.rewardSquares;
  to.slots += other.slots;
  to.surprise += other.surprise;
  to.floorHits += other.floorHits;
  for (const target of ["uniform", "caller", "first", "firstPlace"] as const) mergeSums(to[target], other[target]);
}

function mergeSums(to: WeightSums, other: WeightSums): void {
  to.n += other.n;
  to.x += other.x;
  to.m += other.m;
  to.xx += other.xx;
  to.xm += other.xm;
  to.mm += other.mm;
}
