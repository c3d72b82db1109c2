/** What each part of the columns is worth: the same learner without it, judged on the same rankings. */
import type { EventRecord } from "../../src/core/events/toRecord.ts";
import { bootstrap } from "./bootstrap.ts";
import { ndcg } from "./ndcg.ts";
import { EVERY, headScores, type OursOptions } from "./ours.ts";
import type { Split } from "./rankings.ts";

export interface AblationRow {
  /** What is off; "nothing" is the ranker as it is. */
  readonly off: string;
  /** Columns that are off. */
  readonly columns: number;
  /** Progressive: mean over the judged rankings with its 95% interval. */
  readonly ndcg10: number;
  readonly low: number;
  readonly high: number;
  /** Mean paired difference to the ranker as it is: below 0 where the part is of use. */
  readonly change: number;
  readonly changeLow: number;
  readonly changeHigh: number;
}

const starts =
  (...kinds: readonly string[]) =>
  (column: string) =>
    kinds.some((kind) => column.startsWith(kind));

/** Parts of the columns (src/core/features/schema.ts), relative versions included. */
const PARTS: readonly (readonly [off: string, is: (column: string) => boolean])[] = [
  ["nothing", () => false],
  ["item vectors", starts("factor.")],
  ["the user's part of item vectors", starts("factor.score", "factor.personal", "factor.spread")],
  ["memory of the same item", starts("seen.")],
  ["the user's answers beyond expectation by token", starts("residual:")],
  ["likeness to the user's answered items", starts("affinity:")],
  ["all that is known of the user", starts("factor.score", "factor.p", "factor.sp", "seen.", "residual:", "affinity:")],
  ["rates and counts of the item", starts("item.")],
  ["rates of the item's tokens", starts("rate:")],
  ["declared numbers", starts("number:")],
  ["what the request says", starts("segment:", "recent:", "cross:", "request:")],
  ["the caller's order", starts("position")],
  ["columns relative to the list", (column) => /\|[zq]$/.test(column)],
  ["levels of the list", (column) => column.endsWith("|m")],
];

/** Rows of the parts that the data have columns of. Cost: a pass over the records with a learner for each part. */
export function ablationRows(
  records: readonly EventRecord[],
  split: Split,
  hooks: Pick<OursOptions, "vectorsAt" | "onProgress"> & { readonly every?: number },
): AblationRow[] {
  const { heads, pipeline } = headScores(records, split, {
    every: EVERY,
    ...hooks,
    frozen: false,
    parts: PARTS.map(([, is]) => is),
  });
  const gains = heads.map(({ scores }) =>
    Float64Array.from(split.test, ({ positive }, i) => ndcg(scores[i], positive)),
  );
  const { columns } = pipeline.state.schema;
  return PARTS.flatMap(([off, is], k) => {
    const n = columns.filter(is).length;
    if (k > 0 && n === 0) return [];
    const { mean: ndcg10, low, high } = bootstrap(gains[k]);
    const change = bootstrap(gains[k].map((gain, i) => gain - gains[0][i]));
    return [
      { off, columns: n, ndcg10, low, high, change: change.mean, changeLow: change.low, changeHigh: change.high },
    ];
  });
}
