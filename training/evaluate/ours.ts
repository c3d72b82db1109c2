/** The platform itself, offline: every ranking encoded and scored from what was known strictly before it. */

import type { Position } from "../../src/core/domain.ts";
import type { VectorsValue } from "../../src/core/embed/vectors.ts";
import type { EventRecord } from "../../src/core/events/toRecord.ts";
import type { Encoded } from "../../src/core/features/encode.ts";
import type { Operation } from "../../src/core/join/operations.ts";
import type { RankingRecord } from "../../src/core/log/records.ts";
import { RecordKind } from "../../src/core/log/records.ts";
import { defaultBounds, Pipeline } from "../../src/core/pipeline.ts";
import { defaultSettings, type PolicySettings } from "../../src/core/settings/policy.ts";
import { Learner } from "../learner/learner.ts";
import { phi } from "../learner/scale.ts";
import { memoryStore } from "./memoryStore.ts";
import type { Split } from "./rankings.ts";

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
  const scores = new Map<string, Float64Array>();
  const judged = new Set(split.test.map(({ record }) => record.id));
  let learner: Learner | undefined;
  let weights: Float64Array | undefined;
  let rankings = 0;
  let solveAt = 0;
  const solve = () => {
    weights = learner?.value().weights;
    solveAt = rankings + Math.min(options.every, Math.ceil(rankings / 10));
  };
  const store = memoryStore((operation, position) => {
    options.onOperation?.(operation, position);
    if (!pipeline.state.features.itemsFrozen) learner?.add(operation, position);
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
      if (judged.has(record.id)) scores.set(record.id, scoreList(record, encoded, { learner, weights }));
    },
  });
  learner = new Learner(pipeline.state.schema.columns);
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
  return {
    scores: split.test.map(({ record }) => scores.get(record.id) ?? new Float64Array(record.items.length)),
    learner,
    pipeline,
  };
}

function scoreList(
  { items }: RankingRecord,
  encoded: Encoded,
  { learner, weights }: { learner: Learner | undefined; weights: Float64Array | undefined },
): Float64Array {
  const { n, columns, dense } = encoded;
  const scores = new Float64Array(n);
  if (learner === undefined || weights === undefined) return scores;
  const { centre, scale } = learner.scale;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < Math.min(columns, weights.length - 1); j++) {
      if (scale[j] !== 0) scores[i] += weights[j + 1] * phi(dense[i * columns + j], centre[j], scale[j]);
    }
  }
  const { own, choice } = learner;
  const f = choice.own === undefined ? undefined : own.read(dense.subarray(0, columns));
  if (f === undefined || choice.own === undefined) return scores;
  // The constant that all others share is left out.
  for (let i = 0; i < n; i++) {
    const scored = own.predict(items[i].id, choice.own, f);
    if (scored !== undefined) scores[i] = scored.mean - weights[0];
  }
  return scores;
}
