/**
 * How items are ranked that nobody was shown before: one item in five is left out of what vectors are learned from, as
 * if it had arrived at the split, and judged lists are cut down to those items. Nothing but their content is known.
 */
import type { EventRecord } from "../../src/core/events/toRecord.ts";
import type { LearnOperation, Operation } from "../../src/core/join/operations.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import type { Backend } from "../embed/backends/backend.ts";
import { Embedder } from "../embed/embedder.ts";
import { bootstrap } from "./bootstrap.ts";
import { ndcg } from "./ndcg.ts";
import { EVERY, ourScores } from "./ours.ts";
import type { LabelledRanking, Split } from "./rankings.ts";

export interface NewItemsRow {
  readonly newItems: number;
  /** Judged lists in which some new items were answered and some were not. */
  readonly rankings: number;
  /** NDCG@10 within the new items: all have the same rate, so the logged order decides. */
  readonly itemRate: number;
  /** By the vectors: content, and the user's history. */
  readonly vectors: number;
  readonly diff: number;
  readonly diffLow: number;
  readonly diffHigh: number;
}

const ONE_IN = 5;

/** Undefined where there is too little to learn from. Cost: a pass over the records and one training. */
export function newItemsRow(records: readonly EventRecord[], split: Split, backend: Backend): NewItemsRow | undefined {
  const left = leftOut(split);
  const embedder = new Embedder();
  const learned = new Map<string, LearnOperation>();
  const firstJudged = split.rankings.findIndex(({ record }) => record.at >= split.cut);
  const { pipeline } = ourScores(records, split, {
    frozen: false,
    every: EVERY,
    onOperation(operation, position) {
      if (operation.kind === OperationKind.learn) learned.set(operation.decision, operation);
      addWithout(embedder, { operation, position, left });
    },
    vectorsAt: (place, { state }) =>
      place === firstJudged
        ? embedder.learn(backend, {
            declared: { ...state.catalogue, vocabulary: state.catalogue.vocabulary },
            learnedTo: 0,
          })?.value
        : undefined,
  });
  const column = pipeline.state.schema.columns.indexOf("factor.score");
  if (column < 0) return undefined;
  const gains = split.test.flatMap((ranking) => {
    const operation = learned.get(ranking.record.id);
    const cut = operation && cutDown(ranking, left);
    if (operation === undefined || cut === undefined) return [];
    const score = (row: number) => operation.dense[row * operation.columns + column] ?? 0;
    return [
      { rate: ndcg(new Float64Array(cut.rows.length), cut.positive), vectors: ndcg(cut.rows.map(score), cut.positive) },
    ];
  });
  if (gains.length === 0) return undefined;
  const of = (name: "rate" | "vectors") => bootstrap(Float64Array.from(gains, (gain) => gain[name])).mean;
  const { mean: diff, low: diffLow, high: diffHigh } = bootstrap(Float64Array.from(gains, (g) => g.vectors - g.rate));
  return {
    newItems: left.size,
    rankings: gains.length,
    itemRate: of("rate"),
    vectors: of("vectors"),
    diff,
    diffLow,
    diffHigh,
  };
}

/** Every fifth of the items by name. */
function leftOut({ rankings }: Split): ReadonlySet<string> {
  const ids = new Set(rankings.flatMap(({ record }) => record.items.map(({ id }) => id)));
  return new Set([...ids].sort().filter((_, i) => i % ONE_IN === 0));
}

/** Folds the operation; rows of the items left out count as not seen. */
function addWithout(
  embedder: Embedder,
  { operation, position, left }: { operation: Operation; position: number; left: ReadonlySet<string> },
): void {
  if (operation.kind === OperationKind.correct && left.has(operation.item)) return;
  const rewards =
    operation.kind === OperationKind.learn
      ? operation.rewards.map((reward, row) => (left.has(operation.items[row]) ? Number.NaN : reward))
      : [];
  embedder.add(operation.kind === OperationKind.learn ? { ...operation, rewards } : operation, position);
}

/** Rows of the new items in a list; undefined unless answers tell some of them apart. */
function cutDown({ record, positive }: LabelledRanking, left: ReadonlySet<string>) {
  const rows = record.items.flatMap(({ id }, row) => (left.has(id) ? [row] : []));
  const labels = rows.map((row) => positive[row]);
  return labels.includes(1) && labels.includes(0) ? { rows, positive: labels } : undefined;
}
