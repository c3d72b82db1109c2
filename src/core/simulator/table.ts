/** What a comparison over seeds says: totals, paired differences, and how much of the oracle's reward was reached when. */
import type { Earned } from "./run.ts";
import { type Estimate, estimate } from "./student.ts";

export interface Summary {
  readonly seeds: number;
  readonly steps: number;
  readonly windowSteps: number;
  /** Names of what the differences and shares are taken against. */
  readonly reference: string;
  readonly oracle: string;
  readonly rows: readonly SummaryRow[];
}

/** All in expected clicks, so luck of the clicks enters only through what a ranker learned from them. */
export interface SummaryRow {
  readonly name: string;
  /** Over the whole run, over seeds. */
  readonly total: Estimate;
  /** Clicks that came, over the whole run. */
  readonly realised: Estimate;
  /** This ranker's total − the reference's, paired by seed. */
  readonly difference: Estimate;
  /** By window, over seeds: clicks a list; cumulative clicks at the window's end; the ranker's sum / the oracle's sum. */
  readonly rate: readonly Estimate[];
  readonly cumulative: readonly Estimate[];
  readonly shareOfOracle: readonly Estimate[];
}

/**
 * @param runs by seed, the results of `simulate` with the same rankers and steps.
 * @param windowSteps length of a window; the last one may be shorter.
 * @throws RangeError when there are no runs, or a run lacks the reference or the oracle.
 */
export function summarise(
  runs: readonly (readonly Earned[])[],
  {
    windowSteps,
    reference = "best fixed",
    oracle = "oracle",
  }: { readonly windowSteps: number; readonly reference?: string; readonly oracle?: string },
): Summary {
  if (runs.length === 0) throw new RangeError("a summary needs at least one run");
  const steps = runs[0][0].expected.length;
  const windows = Array.from({ length: Math.ceil(steps / windowSteps) }, (_, w) => ({
    from: w * windowSteps,
    to: Math.min(steps, (w + 1) * windowSteps),
  }));
  const rows = runs[0].map(({ name }) => {
    const own = runs.map((run) => find(run, name));
    const best = runs.map((run) => find(run, oracle).expected);
    const against = runs.map((run) => find(run, reference).expected);
    const overSeeds = (value: (seed: number) => number): Estimate => estimate(runs.map((_, seed) => value(seed)));
    const total = (x: Float64Array): number => sum(x, { from: 0, to: steps });
    return {
      name,
      total: overSeeds((seed) => total(own[seed].expected)),
      realised: overSeeds((seed) => total(own[seed].realised)),
      difference: overSeeds((seed) => total(own[seed].expected) - total(against[seed])),
      rate: windows.map((w) => overSeeds((seed) => sum(own[seed].expected, w) / (w.to - w.from))),
      cumulative: windows.map((w) => overSeeds((seed) => sum(own[seed].expected, { from: 0, to: w.to }))),
      shareOfOracle: windows.map((w) => overSeeds((seed) => sum(own[seed].expected, w) / sum(best[seed], w))),
    };
  });
  return { seeds: runs.length, steps, windowSteps, reference, oracle, rows };
}

/** The summary as a Markdown table, best total first: one row a ranker, the share of the oracle at up to `windowsMax` windows. */
export function summaryText({ rows, steps, seeds, windowSteps, reference }: Summary, windowsMax = 6): string {
  const n = rows[0].rate.length;
  const shown = Array.from({ length: Math.min(n, windowsMax) }, (_, i) =>
    Math.round((i * (n - 1)) / Math.max(1, Math.min(n, windowsMax) - 1)),
  );
  const ends = shown.map((w) => Math.min(steps, (w + 1) * windowSteps));
  const head = [
    "ranker",
    "expected clicks (± sd)",
    `minus ${reference} [95 %]`,
    ...ends.map((end) => `share of oracle to ${end}`),
  ];
  const body = [...rows]
    .sort((a, b) => b.total.mean - a.total.mean)
    .map(({ name, total, difference, shareOfOracle }) => [
      name,
      `${total.mean.toFixed(0)}${total.sd === undefined ? "" : ` ± ${total.sd.toFixed(0)}`}`,
      difference.low === undefined || name === reference
        ? difference.mean.toFixed(0)
        : `${difference.mean.toFixed(0)} [${difference.low.toFixed(0)}, ${(difference.high ?? difference.mean).toFixed(0)}]`,
      ...shown.map((w) => shareOfOracle[w].mean.toFixed(3)),
    ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    `${seeds} seeds, ${steps} steps; windows of ${windowSteps} steps`,
    "",
    line(head),
    line(head.map(() => "---")),
    ...body.map(line),
    "",
  ].join("\n");
}

function find(run: readonly Earned[], name: string): Earned {
  const found = run.find((earned) => earned.name === name);
  if (found === undefined) throw new RangeError(`every run needs a ranker named ${name}`);
  return found;
}

function sum(values: Float64Array, { from, to }: { readonly from: number; readonly to: number }): number {
  let total = 0;
  for (let t = from; t < to; t++) total += values[t];
  return total;
}
