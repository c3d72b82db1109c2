/** The rows of an offline evaluation: simple rankers beside ours, each judged on the same rankings. */
import type { EventRecord } from "../../src/core/events/toRecord.ts";
import { uniformOf } from "../../src/core/math/random.ts";
import type { Backend } from "../embed/backends/backend.ts";
import { type AblationRow, ablationRows } from "./ablation.ts";
import { bootstrap } from "./bootstrap.ts";
import { type HistoryRow, historyRows } from "./history.ts";
import { itemRateScores } from "./itemRate.ts";
import { ndcg } from "./ndcg.ts";
import { EVERY, type OursOptions, ourScores } from "./ours.ts";
import type { LabelledRanking, Split } from "./rankings.ts";
import { OfflineVectors, type TrainingReport } from "./vectors.ts";

/** `any`: the method uses no feedback. */
export type Protocol = "any" | "frozen" | "progressive";

export interface Row {
  readonly method: "random" | "logged order" | "item click rate" | "brigand" | "brigand, no vectors";
  readonly protocol: Protocol;
  /** Mean over the judged rankings with its 95% interval. */
  readonly ndcg10: number;
  readonly low: number;
  readonly high: number;
  /** Mean paired difference to the item click rate of the same protocol with its 95% interval. */
  readonly diff?: number;
  readonly diffLow?: number;
  readonly diffHigh?: number;
  /** Mean paired difference to ours without vectors with its 95% interval. */
  readonly gain?: number;
  readonly gainLow?: number;
  readonly gainHigh?: number;
  /** Number of judged rankings. */
  readonly rankings: number;
  /** How the vectors were learned that the row used. */
  readonly training?: TrainingReport;
}

export interface MethodOptions {
  readonly split: Split;
  /** Rankings between two solutions of our weights. */
  readonly every?: number;
  /** What learns item vectors; without it there are none. */
  readonly backend?: Backend;
  /** Milliseconds of a clock that only grows; times trainings. */
  readonly elapsed?: () => number;
  /** Whether to judge the ranker without each part of its columns too. */
  readonly ablation?: boolean;
  /** Share of the work done, from 0 to 1. */
  readonly onProgress?: (share: number, note: string) => void;
}

const SHUFFLES = 20;
const SHUFFLE_SEED = "5".padStart(64, "0");

export interface Report {
  readonly rows: Row[];
  readonly history: HistoryRow[];
  /** None unless asked for. */
  readonly ablation: AblationRow[];
}

/** @param records by time. Cost: two passes of the pipeline over them, four and the trainings with a backend, one more with an ablation. */
export function evaluateMethods(records: readonly EventRecord[], options: MethodOptions): Report {
  const { split, backend, elapsed = () => 0 } = options;
  const judge = (scores: readonly ArrayLike<number>[]) =>
    Float64Array.from(split.test, (ranking, i) => ndcg(scores[i], ranking.positive));
  const rate = { frozen: judge(itemRateScores(split, true)), progressive: judge(itemRateScores(split, false)) };
  const vectors = backend && new OfflineVectors(backend, elapsed);
  const passes = passesOver(records, options, (vectors === undefined ? 2 : 4) + (options.ablation === true ? 1 : 0));
  const ours = {
    progressive: judge(passes.scores(false, vectors?.learning ?? {}, "progressive")),
    frozen: judge(passes.scores(true, vectors?.again ?? {}, "frozen")),
  };
  const training = vectors?.report;
  const without =
    training === undefined
      ? undefined
      : {
          progressive: judge(passes.scores(false, {}, "progressive, no vectors")),
          frozen: judge(passes.scores(true, {}, "frozen, no vectors")),
        };
  const rows = [
    row("random", "any", { gains: randomGains(split.test) }),
    row("logged order", "any", {
      gains: judge(split.test.map(({ positive }) => Float64Array.from(positive, (_, i) => -i))),
    }),
  ];
  for (const protocol of PROTOCOLS) rows.push(row("item click rate", protocol, { gains: rate[protocol] }));
  for (const protocol of PROTOCOLS)
    if (without !== undefined)
      rows.push(row("brigand, no vectors", protocol, { gains: without[protocol], rate: rate[protocol] }));
  for (const protocol of PROTOCOLS)
    rows.push({
      ...row("brigand", protocol, { gains: ours[protocol], rate: rate[protocol], without: without?.[protocol] }),
      training,
    });
  return {
    rows,
    history: historyRows(split, { ours: ours.progressive, rate: rate.progressive }),
    ablation: options.ablation === true ? passes.ablation(vectors?.again ?? {}) : [],
  };
}

const PROTOCOLS = ["frozen", "progressive"] as const;

/** Our scores in one pass after the other, with their share of the progress. */
function passesOver(
  records: readonly EventRecord[],
  { split, every = EVERY, onProgress }: MethodOptions,
  total: number,
) {
  let done = 0;
  const watched = (note: string) => {
    const from = done++ / total;
    return (part: number, of: number) => onProgress?.(from + part / of / total, note);
  };
  return {
    scores: (frozen: boolean, hooks: Partial<OursOptions>, note: string) =>
      ourScores(records, split, { frozen, every, onProgress: watched(note), ...hooks }).scores,
    ablation: (hooks: Partial<OursOptions>) =>
      ablationRows(records, split, { every, onProgress: watched("without each part"), ...hooks }),
  };
}

interface Gains {
  readonly gains: Float64Array;
  readonly rate?: Float64Array;
  readonly without?: Float64Array;
}

function row(method: Row["method"], protocol: Protocol, { gains, rate, without }: Gains): Row {
  const { mean: ndcg10, low, high } = bootstrap(gains);
  const diff = rate && bootstrap(gains.map((gain, i) => gain - rate[i]));
  const gain = without && bootstrap(gains.map((value, i) => value - without[i]));
  return {
    method,
    protocol,
    ndcg10,
    low,
    high,
    ...(diff && { diff: diff.mean, diffLow: diff.low, diffHigh: diff.high }),
    ...(gain && { gain: gain.mean, gainLow: gain.low, gainHigh: gain.high }),
    rankings: gains.length,
  };
}

/** Each ranking's gain averaged over seeded random orders. */
function randomGains(test: readonly LabelledRanking[]): Float64Array {
  const uniform = uniformOf(SHUFFLE_SEED);
  return Float64Array.from(test, ({ positive }) => {
    let sum = 0;
    for (let k = 0; k < SHUFFLES; k++) sum += ndcg(Float64Array.from(positive, uniform), positive);
    return sum / SHUFFLES;
  });
}
