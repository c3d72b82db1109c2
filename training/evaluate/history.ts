/** How ours compares with the item click rate for users with so many earlier lists. */
import { bootstrap } from "./bootstrap.ts";
import { FEEDBACK_MS } from "./itemRate.ts";
import type { Split } from "./rankings.ts";

export interface HistoryRow {
  /** Lists that the user was shown and whose feedback had come; the last row holds all from it on. */
  readonly earlierLists: number;
  readonly rankings: number;
  readonly itemRate: number;
  readonly ours: number;
  /** Mean paired difference with its 95% interval. */
  readonly diff: number;
  readonly diffLow: number;
  readonly diffHigh: number;
}

/** From this many earlier lists on rankings are counted together. */
export const LISTS_MAX = 4;

/** Progressive gains of each judged ranking, by the history of its user. Groups without a ranking are left out. */
export function historyRows(
  split: Split,
  gains: { readonly ours: Float64Array; readonly rate: Float64Array },
): HistoryRow[] {
  const earlier = earlierLists(split);
  const rows: HistoryRow[] = [];
  for (let lists = 0; lists <= LISTS_MAX; lists++) {
    const group = [...earlier.keys()].filter((i) => Math.min(LISTS_MAX, earlier[i]) === lists);
    if (group.length === 0) continue;
    const of = (values: Float64Array) => Float64Array.from(group, (i) => values[i]);
    const [ours, rate] = [of(gains.ours), of(gains.rate)];
    const diff = bootstrap(ours.map((gain, k) => gain - rate[k]));
    const { mean: diffMean, low: diffLow, high: diffHigh } = diff;
    const means = { itemRate: bootstrap(rate).mean, ours: bootstrap(ours).mean };
    rows.push({ earlierLists: lists, rankings: group.length, ...means, diff: diffMean, diffLow, diffHigh });
  }
  return rows;
}

function earlierLists({ rankings, test }: Split): number[] {
  const times = new Map<string, number[]>();
  for (const { record } of rankings) {
    const user = record.subject ?? record.session;
    if (user === undefined) continue;
    const known = times.get(user);
    if (known === undefined) times.set(user, [record.at]);
    else known.push(record.at);
  }
  return test.map(({ record }) => {
    const user = record.subject ?? record.session;
    const all = user === undefined ? [] : (times.get(user) ?? []);
    return all.filter((at) => at + FEEDBACK_MS < record.at).length;
  });
}
