/**
 * Whether predictions mean what they say: rows in order of their predicted mean, in tenths, each with the mean of its
 * rewards and an interval for it.
 */

export interface Predicted {
  readonly predicted: number;
  readonly reward: number;
}

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** 95 % quantile of the normal: two-sided 90 %. */
const Z90 = 1.6448536269514722;

/**
 * 90 % interval of the mean of rewards in [least, most]: Wilson's score interval (Wilson 1927), with the variance as
 * measured where rewards are more than two values. It stays inside the range and has a width where all rewards are
 * equal, unlike the t-interval. Of rewards drawn independently; none: the whole range.
 */
export function meanInterval90(rewards: readonly number[], [least, most]: readonly [number, number]): Interval {
  const n = rewards.length;
  const range = most - least;
  if (n === 0 || !(range > 0)) return { mean: least, low: least, high: most };
  const shares = rewards.map((reward) => (reward - least) / range);
  const share = shares.reduce((sum, x) => sum + x, 0) / n;
  const variance = shares.reduce((sum, x) => sum + (x - share) ** 2, 0) / n;
  const wide = Z90 ** 2 / n;
  const centre = (share + wide / 2) / (1 + wide);
  const half = (Z90 / (1 + wide)) * Math.sqrt(variance / n + wide / (4 * n));
  const value = (x: number) => least + range * Math.min(1, Math.max(0, x));
  return { mean: value(share), low: value(centre - half), high: value(centre + half) };
}

/** Index of each row's tenth by predicted mean, 0 the lowest; equal ones in their order. Cost: a sort. */
export function tenthsOf(rows: readonly { readonly predicted: number }[]): Uint8Array {
  const order = rows.map((_, i) => i).sort((a, b) => rows[a].predicted - rows[b].predicted || a - b);
  const tenth = new Uint8Array(rows.length);
  for (let place = 0; place < order.length; place++) tenth[order[place]] = Math.floor((10 * place) / order.length);
  return tenth;
}
