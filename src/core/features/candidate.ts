/** A candidate as the encoder sees it: its history, its declared features, and the part of its row that does not change. */
import type { Features, Item, ItemId } from "../domain.ts";
import type { CatalogueItem } from "./catalogue.ts";
import type { Plan } from "./plan.ts";
import type { PolicyState } from "./policyState.ts";
import type { ItemStats } from "./state.ts";

export interface Candidate {
  readonly stats: ItemStats | undefined;
  readonly numbers: ReadonlyMap<number, number>;
  readonly tokens: ReadonlyMap<number, Int32Array>;
  /** Row with the declared numbers filled in and 0 elsewhere. */
  readonly template: Float32Array;
  /** Per token field of the plan: unit-length idf weights of the item's tokens. */
  readonly vectors: readonly (Vector | undefined)[];
}

export interface Vector {
  readonly tokens: Int32Array;
  readonly weights: Float64Array;
}

interface View {
  age: number;
  readonly declared: CatalogueItem | undefined;
  readonly generation: number;
  readonly candidate: Candidate;
}

/** Most views kept; past it all are dropped and made again. */
const VIEWS_MAX = 200_000;
const NO_NUMBERS: ReadonlyMap<number, number> = new Map();
const NO_TOKENS: ReadonlyMap<number, Int32Array> = new Map();

/**
 * Stored candidates under one plan: one map look-up each while nothing changed. `age` grows when the catalogue or the
 * table of items did; a view of an older age is checked, and made again only if its own item changed.
 */
export class Views {
  private readonly views = new Map<ItemId, View>();
  private age = 0;
  private changes = -1;
  private items = -1;

  refresh(state: PolicyState): void {
    if (state.catalogue.changes === this.changes && state.features.byIndex.length === this.items) return;
    this.changes = state.catalogue.changes;
    this.items = state.features.byIndex.length;
    this.age++;
    if (this.views.size > VIEWS_MAX) this.views.clear();
  }

  stored(state: PolicyState, plan: Plan, id: ItemId): Candidate {
    const known = this.views.get(id);
    if (known !== undefined && known.age === this.age) return known.candidate;
    const stats = state.features.items.get(id);
    const declared = state.catalogue.items.get(id);
    const generation = state.catalogue.vocabulary.generation;
    if (
      known !== undefined &&
      known.declared === declared &&
      known.generation === generation &&
      known.candidate.stats === stats
    ) {
      known.age = this.age;
      return known.candidate;
    }
    const candidate = build(state, plan, stats, declared);
    if (stats !== undefined || declared !== undefined) this.views.set(id, { age: this.age, declared, generation, candidate });
    return candidate;
  }
}

/** Features of the request win over stored ones by field. */
export function resolve(state: PolicyState, plan: Plan, item: Item): Candidate {
  if (item.features === undefined || isEmpty(item.features)) return plan.views.stored(state, plan, item.id);
  const given = state.catalogue.flattened(item.id, item.features, false);
  const stats = state.features.items.get(item.id);
  const declared = state.catalogue.items.get(item.id);
  return build(state, plan, stats, declared === undefined ? given : merged(declared, given));
}

function isEmpty(features: Features): boolean {
  for (const _ in features) return false;
  return true;
}

function build(state: PolicyState, plan: Plan, stats: ItemStats | undefined, declared: CatalogueItem | undefined): Candidate {
  const vocabulary = state.catalogue.vocabulary;
  const numbers = declared?.numbers ?? NO_NUMBERS;
  const tokens = declared?.tokens ?? NO_TOKENS;
  const template = new Float32Array(plan.columns);
  for (const { field, column } of plan.numbers) template[column] = numbers.get(field) ?? vocabulary.numberFields[field].mean;
  const vectors = plan.tokenFields.map(({ field }) => {
    const list = tokens.get(field);
    if (list === undefined || list.length === 0) return undefined;
    const weights = Float64Array.from(list, (token) => vocabulary.idfOf(token));
    const norm = Math.hypot(...weights);
    return { tokens: list, weights: weights.map((weight) => weight / norm) };
  });
  return { stats, numbers, tokens, template, vectors };
}

function merged(stored: CatalogueItem, given: CatalogueItem): CatalogueItem {
  return {
    id: stored.id,
    numbers: new Map([...stored.numbers, ...given.numbers]),
    tokens: new Map([...stored.tokens, ...given.tokens]),
  };
}
