/** The rows of an offline evaluation: simple rankers beside ours, each judged on the same rankings. */
import type { EventRecord } from "../../src/core/events/toRecord.ts";
import { uniformOf } from "../../src/core/math/random.ts";
import { bootstrap } from "./bootstrap.ts";
import { itemRateScores } from "./itemRate.ts";
import { ndcg } from "./ndcg.ts";
import { ourScores } from "./ours.ts";
import type { LabelledRanking, Split } from "./rankings.ts";

/** `any`: the method uses no feedback. */
export type Protocol = "any" | "frozen" | "progressive";

export interface Row {
  readonly method: "random" | "logged order" | "item click rate" | "brigand";
  readonly protocol: Protocol;
  /** Mean over the judged rankings with its 95% interval. */
  readonly ndcg10: number;
  readonly low: number;
  readonly high: number;
  /** Mean paired difference to the item click rate of the same protocol with its 95% interval. */
  readonly diff?: number;
  readonly diffLow?: number;
  readonly diffHigh?: number;
  /** Number of judged rankings. */
  readonly rankings: number;
}

export interface MethodOptions {
  readonly split: Split;
  /** Rankings between two solutions of our weights. */
  readonly every?: number;
  /** Share of the work done, from 0 to 1. */
  readonly onProgress?: (share: number, note: string) => void;
}

const SHUFFLES = 20;
const SHUFFLE_SEED = "5".padStart(64, "0");
export const EVERY = 50;

/** @param records by time. Cost: two passes of the pipeline over them. */
export function evaluateMethods(records: readonly EventRecord[], options: MethodOptions): Row[] {
  const { split, every = EVERY, onProgress } = options;
  const ours = (frozen: boolean): Float64Array[] => {
    const from = frozen ? 0 : 0.5;
    const note = frozen ? "frozen" : "progressive";
    const watch = (done: number, total: number) => onProgress?.(from + done / total / 2, note);
    return ourScores(records, split, { frozen, every, onProgress: watch }).scores;
  };
  const judge = (scores: readonly ArrayLike<number>[]) =>
    Float64Array.from(split.test, (ranking, i) => ndcg(scores[i], ranking.positive));
  const frozenRate = judge(itemRateScores(split, true));
  const progressiveRate = judge(itemRateScores(split, false));
  return [
    row("random", "any", randomGains(split.test)),
    row("logged order", "any", judge(split.test.map(({ positive }) => Float64Array.from(positive, (_, i) => -i)))),
    row("item click rate", "frozen", frozenRate),
    row("item click rate", "progressive", progressiveRate),
    row("brigand", "frozen", judge(ours(true)), frozenRate),
    row("brigand", "progressive", judge(ours(false)), progressiveRate),
  ];
}

function row(method: Row["method"], protocol: Protocol, gains: Float64Array, rate?: Float64Array): Row {
  const { mean: ndcg10, low, high } = bootstrap(gains);
  const judged = { method, protocol, ndcg10, low, high, rankings: gains.length };
  if (rate === undefined) return judged;
  const diff = bootstrap(gains.map((gain, i) => gain - rate[i]));
  return { ...judged, diff: diff.mean, diffLow: diff.low, diffHigh: diff.high };
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
