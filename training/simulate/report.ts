/** What a comparison says in numbers: totals, paired differences, shares of the oracle, and the way back after a drift. */
import type { Earned } from "../../src/core/simulator/run.ts";
import { type Estimate, estimate } from "../../src/core/simulator/student.ts";

/** Length of the windows in which recovery is looked for, in decisions. */
export const WINDOW_STEPS = 500;
/** What a ranker reached before the drift is its share of the oracle over so many windows before it. */
const WINDOWS_BEFORE = 4;
export const RECOVERED = 0.9;

/** Shares are in true expected clicks, as are totals; the clicks that came are `realised`. */
export interface ReportRow {
  readonly ranker: string;
  readonly total: Estimate;
  readonly realised: Estimate;
  readonly shareOfOracle: Estimate;
  /** The first ranker's total less this one's, paired by seed; absent in the first one's own row. */
  readonly ahead?: Estimate;
  readonly recovery?: Recovery;
  /** Clicks behind the oracle after the change. */
  readonly regretAfter?: Estimate;
  /** The first ranker's regret after the change over this one's, paired by seed; absent in the first one's own row. */
  readonly regretRatio?: Estimate;
}

/** Shares of the oracle's clicks around a drift. */
export interface Recovery {
  /** In the last windows before the change. */
  readonly before: number;
  /** In the first window after it. */
  readonly fall: number;
  /** Decisions from the change to the end of the first window with at least 90 % of `before`; absent: never. */
  readonly decisions?: number;
  /** The same for each seed by itself; a window of one seed is noisier than the mean. Null: never. */
  readonly bySeed: readonly (number | null)[];
}

/** @param runs by seed, all with the same rankers. @param driftAt whole windows from the start, at least four. */
export function report(runs: readonly (readonly Earned[])[], driftAt?: number): ReportRow[] {
  const best = runs.map((run) => named(run, "oracle"));
  return runs[0].map(({ name }, index) => {
    const own = runs.map((run) => run[index]);
    const over = (value: (seed: number) => number): Estimate => estimate(runs.map((_, seed) => value(seed)));
    const clicks = (seed: number): number => sum(own[seed].expected);
    const after = driftAt === undefined ? undefined : { from: driftAt, to: own[0].expected.length };
    const regret = (earned: Earned, seed: number) => sum(best[seed].expected, after) - sum(earned.expected, after);
    return {
      ranker: name,
      total: over(clicks),
      realised: over((seed) => sum(own[seed].realised)),
      shareOfOracle: over((seed) => clicks(seed) / sum(best[seed].expected)),
      ahead: index === 0 ? undefined : over((seed) => sum(runs[seed][0].expected) - clicks(seed)),
      recovery: driftAt === undefined ? undefined : recovery(own, best, driftAt),
      regretAfter: after && over((seed) => regret(own[seed], seed)),
      regretRatio:
        after === undefined || index === 0 || name === "oracle"
          ? undefined
          : over((seed) => regret(runs[seed][0], seed) / regret(own[seed], seed)),
    };
  });
}

function recovery(own: readonly Earned[], best: readonly Earned[], driftAt: number): Recovery {
  const share = (seed: number, range: Range): number =>
    sum(own[seed].expected, range) / sum(best[seed].expected, range);
  const seeds = own.map((_, seed) => seed);
  const mean = (range: Range): number => seeds.reduce((total, seed) => total + share(seed, range), 0) / seeds.length;
  const before: Range = { from: driftAt - WINDOWS_BEFORE * WINDOW_STEPS, to: driftAt };
  const end = own[0].expected.length;
  const back = (of: (range: Range) => number): number | undefined => {
    for (let from = driftAt; from + WINDOW_STEPS <= end; from += WINDOW_STEPS) {
      const to = from + WINDOW_STEPS;
      if (of({ from, to }) >= RECOVERED * of(before)) return to - driftAt;
    }
    return undefined;
  };
  return {
    before: mean(before),
    fall: mean({ from: driftAt, to: driftAt + WINDOW_STEPS }),
    decisions: back(mean),
    bySeed: seeds.map((seed) => back((range) => share(seed, range)) ?? null),
  };
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function named(run: readonly Earned[], name: string): Earned {
  const found = run.find((earned) => earned.name === name);
  if (found === undefined) throw new RangeError(`every run needs a ranker named ${name}`);
  return found;
}

function sum(values: Float64Array, { from, to }: Range = { from: 0, to: values.length }): number {
  let total = 0;
  for (let t = from; t < to; t++) total += values[t];
  return total;
}
