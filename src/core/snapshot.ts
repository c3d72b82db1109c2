/**
 * A pipeline as plain data and back. What is derived (plans, views, maps from names to ids) is made again.
 * `packTree(savePipeline(p))` is the same for equal pipelines, bit for bit.
 */
import type { Features, ItemId, Subject } from "./domain.ts";
import { canonical, Vectors, type VectorsValue } from "./embed/vectors.ts";
import type { Catalogue, CatalogueItem } from "./features/catalogue.ts";
import type { Discovery } from "./features/discover.ts";
import { UserMemory } from "./features/memory.ts";
import type { SavedPairs } from "./features/pairTable.ts";
import type { PolicyState } from "./features/policyState.ts";
import type { RateChange } from "./features/rateChange.ts";
import type { FeatureState, ItemStats, Tally } from "./features/state.ts";
import type { Join } from "./join/join.ts";
import { noCounts } from "./join/pending.ts";
import type { Pipeline } from "./pipeline.ts";
import type { SavedExperiment } from "./variants/experiment.ts";

export const SNAPSHOT_VERSION = 3;

export interface SavedState {
  readonly version: number;
  readonly columns: readonly string[];
  readonly vocabulary: ReturnType<Catalogue["vocabulary"]["save"]>;
  readonly items: Map<ItemId, Omit<CatalogueItem, "id">>;
  readonly users: Map<Subject, Features>;
  readonly changes: number;
  readonly stats: ItemStats[];
  readonly memories: Map<Subject, ReturnType<UserMemory["save"]>>;
  readonly tokens: Float64Array;
  /** In the order of their numbers. */
  readonly segments: readonly string[];
  readonly pairTable: SavedPairs;
  readonly total: Tally;
  readonly pairsRefused: number;
  /** Absent, or without some fields, in snapshots of before. */
  readonly rateChange?: Partial<RateChange>;
  /** Absent in snapshots of before variants. */
  readonly experiment?: SavedExperiment;
  /** Absent until the policy has some. */
  readonly vectors?: VectorsValue;
}

export interface SavedPipeline {
  readonly state: SavedState;
  readonly join: ReturnType<typeof saveJoin>;
  readonly clocks: ReturnType<Pipeline["clocks"]["save"]>;
  readonly discovery: ReturnType<Discovery["save"]>;
}

export function savePipeline(pipeline: Pipeline): SavedPipeline {
  return {
    state: saveState(pipeline.state),
    join: saveJoin(pipeline.join),
    clocks: pipeline.clocks.save(),
    discovery: pipeline.discovery.save(),
  };
}

/** Fills a fresh pipeline. */
export function loadPipeline(pipeline: Pipeline, saved: SavedPipeline): void {
  loadState(pipeline.state, saved.state);
  loadJoin(pipeline.join, saved.join);
  pipeline.clocks.load(saved.clocks);
  pipeline.discovery.load(saved.discovery);
}

function saveState({ catalogue, features, schema, experiment }: PolicyState): SavedState {
  return {
    version: SNAPSHOT_VERSION,
    columns: schema.columns,
    vocabulary: catalogue.vocabulary.save(),
    items: new Map([...catalogue.items].map(([id, { numbers, tokens }]) => [id, { numbers, tokens }])),
    users: catalogue.users,
    changes: catalogue.changes,
    stats: features.byIndex,
    memories: new Map([...features.users].map(([subject, memory]) => [subject, memory.save()])),
    tokens: features.tokens,
    segments: [...features.segments.keys()],
    pairTable: features.pairTable.save(),
    total: features.total,
    pairsRefused: features.pairsRefused,
    rateChange: features.rateChange,
    experiment: experiment.save(),
    vectors: features.vectors && canonical(features.vectors.value),
  };
}

/** Fills a fresh state; servers start from the writer's. */
export function loadState({ catalogue, features, schema, experiment }: PolicyState, saved: SavedState): void {
  schema.append(saved.columns);
  catalogue.vocabulary.load(saved.vocabulary);
  for (const [id, item] of saved.items) catalogue.items.set(id, { id, ...item });
  for (const [subject, user] of saved.users) catalogue.users.set(subject, user);
  catalogue.changes = saved.changes;
  loadFeatures(features, saved);
  if (saved.experiment !== undefined) experiment.load(saved.experiment);
}

function loadFeatures(features: FeatureState, saved: SavedState): void {
  for (const item of saved.stats) {
    features.byIndex.push(item);
    features.items.set(item.id, item);
  }
  for (const [subject, memory] of saved.memories) features.users.set(subject, UserMemory.load(memory));
  features.tokens = saved.tokens;
  saved.segments.forEach((name, number) => features.segments.set(name, number));
  features.pairTable.load(saved.pairTable);
  features.total.n = saved.total.n;
  features.total.sum = saved.total.sum;
  features.pairsRefused = saved.pairsRefused;
  features.rateChange = { ...features.rateChange, ...saved.rateChange };
  if (saved.vectors !== undefined) features.vectors = new Vectors(saved.vectors);
}

function saveJoin(join: Join) {
  const { settings, counts, pending, orphans, closed, rewardIds, bySubject } = join;
  return { settings, counts, pending, orphans, closed, rewardIds, bySubject, timers: join.timers.save() };
}

function loadJoin(join: Join, saved: ReturnType<typeof saveJoin>): void {
  const { timers, ...rest } = saved;
  Object.assign(join, rest);
  join.counts = { ...noCounts(), ...rest.counts };
  for (const rewards of rest.orphans.values()) join.waiting += rewards.length;
  join.timers.load(timers);
}
