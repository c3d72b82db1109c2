/** The platform itself, offline: every ranking encoded and scored from what was known strictly before it. */

import type { Position } from "../../src/core/domain.ts";
import type { VectorsValue } from "../../src/core/embed/vectors.ts";
import type { EventRecord } from "../../src/core/events/toRecord.ts";
import type { Operation } from "../../src/core/join/operations.ts";
import { RecordKind } from "../../src/core/log/records.ts";
import { defaultBounds, Pipeline } from "../../src/core/pipeline.ts";
import { defaultSettings, type PolicySettings } from "../../src/core/settings/policy.ts";
import { Head } from "./head.ts";
import { memoryStore } from "./memoryStore.ts";
import type { LabelledRanking, Split } from "./rankings.ts";

/** Rankings between two solutions of our weights, unless told otherwise. */
export const EVERY = 50;

export interface OursOptions {
  /** Learn and count items only up to the split; users' own histories go on. */
  readonly frozen: boolean;
  /** New weights at least after so many rankings; more often while a tenth of those so far is less. */
  readonly every: number;
  readonly settings?: Partial<PolicySettings>;
  readonly onProgress?: (done: number, total: number) => void;
  /** New item vectors where they are due before a ranking. @param place number of the ranking. */
  readonly vectorsAt?: (place: number, pipeline: Pipeline) => VectorsValue | undefined;
  /** Sees every operation. */
  readonly onOperation?: (operation: Operation, position: Position) => void;
}

/** Scores of each judged ranking's list, and the learner at the end. @param records by time. */
export function ourScores(records: readonly EventRecord[], split: Split, options: OursOptions) {
  const { heads, pipeline } = headScores(records, split, { ...options, parts: [() => false] });
  return { scores: heads[0].scores, learner: heads[0].head.learner, pipeline };
}

/** The same for one learner each of `parts`, which does without the columns that its part names; one pass for all. */
export function headScores(
  records: readonly EventRecord[],
  split: Split,
  options: OursOptions & { readonly parts: readonly ((column: string) => boolean)[] },
) {
  const scores = options.parts.map(() => new Map<string, Float64Array>());
  const judged = new Set(split.test.map(({ record }) => record.id));
  let heads: readonly Head[] = [];
  let rankings = 0;
  let solveAt = 0;
  const solve = () => {
    for (const head of heads) head.solve();
    solveAt = rankings + Math.min(options.every, Math.ceil(rankings / 10));
  };
  const store = memoryStore((operation, position) => {
    options.onOperation?.(operation, position);
    if (!pipeline.state.features.itemsFrozen) for (const head of heads) head.add(operation, position);
  });
  const pipeline = new Pipeline({
    settings: { ...defaultSettings, ...options.settings },
    bounds: defaultBounds,
    store,
    onRanking(record, encoded) {
      const { features } = pipeline.state;
      const freeze = options.frozen && record.at >= split.cut && !features.itemsFrozen;
      if (freeze || (!features.itemsFrozen && rankings >= solveAt)) solve();
      if (freeze) features.itemsFrozen = true;
      rankings++;
      if (judged.has(record.id)) heads.forEach((head, k) => scores[k].set(record.id, head.scores(record, encoded)));
    },
  });
  heads = options.parts.map((off) => new Head(pipeline.state.schema.columns, off));
  feed(pipeline, records, { split, options });
  const listed = ({ record }: LabelledRanking, k: number) =>
    scores[k].get(record.id) ?? new Float64Array(record.items.length);
  return { heads: heads.map((head, k) => ({ head, scores: split.test.map((list) => listed(list, k)) })), pipeline };
}

function feed(
  pipeline: Pipeline,
  records: readonly EventRecord[],
  { split, options }: { split: Split; options: OursOptions },
): void {
  let place = 0;
  for (let i = 0; i < records.length; i++) {
    if (records[i].kind === RecordKind.ranking) {
      const frozen = options.frozen && records[i].at >= split.cut;
      const value = frozen ? undefined : options.vectorsAt?.(place++, pipeline);
      if (value !== undefined) pipeline.apply({ ...value, kind: RecordKind.vectors }, records[i].at, "import-evaluate");
    }
    pipeline.apply(records[i], records[i].at, "import-evaluate");
    if (i % 1000 === 0) options.onProgress?.(i, records.length);
  }
}
