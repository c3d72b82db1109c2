/** The yardstick: items by smoothed click rate, (clicks + 10 m) / (times shown + 10), m the rate of all. */
import type { TimeMs } from "../../src/core/domain.ts";
import type { LabelledRanking, Split } from "./rankings.ts";

const PRIOR = 10;
/** Feedback of a ranking counts this long after it, strictly before the ranking that uses it. */
export const FEEDBACK_MS = 5_000;

/** Scores of each judged ranking's list. Frozen: from what was known at the split; progressive: all earlier feedback. */
export function itemRateScores({ rankings, test, cut }: Split, frozen: boolean): Float64Array[] {
  const shown = new Map<string, number>();
  const clicked = new Map<string, number>();
  let next = 0;
  const learnUntil = (time: TimeMs, ranking: LabelledRanking) => {
    while (next < rankings.length && before(rankings[next], ranking, time, frozen)) {
      const { record, positive } = rankings[next++];
      for (let i = 0; i < positive.length; i++) {
        const id = record.items[i].id;
        shown.set(id, (shown.get(id) ?? 0) + 1);
        clicked.set(id, (clicked.get(id) ?? 0) + positive[i]);
      }
    }
  };
  return test.map((ranking) => {
    learnUntil(frozen ? cut : ranking.record.at, frozen ? test[0] : ranking);
    const mean = sum(clicked) / Math.max(1, sum(shown));
    return Float64Array.from(ranking.record.items, ({ id }) => {
      return ((clicked.get(id) ?? 0) + PRIOR * mean) / ((shown.get(id) ?? 0) + PRIOR);
    });
  });
}

function before(earlier: LabelledRanking, ranking: LabelledRanking, time: TimeMs, frozen: boolean): boolean {
  return frozen ? earlier !== ranking : earlier.record.at + FEEDBACK_MS < time;
}

function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
