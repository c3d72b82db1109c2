/** A candidate as the encoder sees it: its history, its declared features, and the part of its row that does not change. */
import type { Features, Item, ItemId, Json } from "../domain.ts";
import type { Vectors } from "../embed/vectors.ts";
import type { CatalogueItem } from "./catalogue.ts";
import { hashItem } from "./hashes.ts";
import type { UserMemory } from "./memory.ts";
import type { Plan } from "./plan.ts";
import type { PolicyState } from "./policyState.ts";
import type { ItemStats } from "./state.ts";
import { VectorTable } from "./vectorTable.ts";

export interface Candidate {
  readonly stats: ItemStats | undefined;
  /** By field. */
  readonly numbers: Pick<ReadonlyMap<number, number>, "get">;
  readonly tokens: ReadonlyMap<number, Int32Array>;
  /** Row with the declared numbers and the hashes filled in and 0 elsewhere. */
  readonly template: Float32Array;
  readonly vector: Vector;
  readonly history: History;
  /** [b, v…] under `vectors`: worked out once between two sets of vectors. */
  readonly factor: { vectors: Vectors | undefined; vector: Float64Array };
}

/** A candidate as the catalogue has it. */
interface Stored extends Candidate {
  readonly numbers: ReadonlyMap<number, number>;
}

/** What the item's past makes of its columns, as of `changes` of the state: worked out once between two changes. */
export interface History {
  changes: number;
  count: number;
  rate: number;
  recent: number;
}

/** The item's tokens in the plan's token fields, field by field; within a field the weights are idf of unit length. */
export interface Vector {
  readonly tokens: Int32Array;
  readonly weights: Float64Array;
  /** Where each field's tokens end. */
  readonly ends: Int32Array;
}

interface View {
  age: number;
  readonly declared: CatalogueItem | undefined;
  readonly generation: number;
  readonly candidate: Stored;
}

/** A candidate whose features a request told, as long as it is told the same and nothing in the state moved. */
interface Told {
  readonly age: number;
  readonly features: Features;
  readonly stored: Candidate;
  readonly candidate: Candidate;
}

/** Most views kept; past it all are dropped and made again. */
const VIEWS_MAX = 200_000;
/** They hold what requests said. */
const TOLD_MAX = 20_000;
const NO_VECTOR = new Float64Array(0);
const NO_TOKEN = new Int32Array(0);
const NO_NUMBERS: ReadonlyMap<number, number> = new Map();
const NO_TOKENS: ReadonlyMap<number, Int32Array> = new Map();

/**
 * Stored candidates under one plan: one map look-up each while nothing changed. `age` grows when the catalogue or the
 * table of items did; a view of an older age is checked, and made again only if its own item changed.
 */
export class Views {
  private readonly views = new Map<ItemId, View>();
  /** The same by the item's index in the policy's table, as far as they were asked for so. */
  private byIndex: (View | undefined)[] = [];
  private readonly tellings = new Map<ItemId, Told>();
  /** Vectors by the same index, as far as `gathered` was asked for them. */
  private readonly vectors = new VectorTable();
  /** Of what `refresh` saw last; grows. */
  age = 0;
  private changes = -1;
  private items = -1;

  refresh(state: PolicyState): void {
    if (state.catalogue.changes === this.changes && state.features.byIndex.length === this.items) return;
    this.changes = state.catalogue.changes;
    this.items = state.features.byIndex.length;
    this.age++;
    if (this.vectors.wasteful) this.vectors.clear();
    if (this.views.size <= VIEWS_MAX) return;
    this.views.clear();
    this.byIndex = [];
    this.vectors.clear();
  }

  /** The table that holds the vectors of these items of the policy's table; true until the next `refresh`. */
  gathered(state: PolicyState, plan: Plan, { n, item }: Pick<UserMemory, "n" | "item">): VectorTable {
    const { vectors, age } = this;
    for (let h = 0; h < n; h++)
      if (vectors.ages[item[h]] !== age) vectors.put(item[h], this.storedAt(state, plan, item[h]).vector, age);
    return vectors;
  }

  /** The candidate of an item of the policy's table. */
  storedAt(state: PolicyState, plan: Plan, index: number): Candidate {
    const known = this.byIndex[index];
    if (known !== undefined && known.age === this.age) return known.candidate;
    const { id } = state.features.byIndex[index];
    const candidate = this.stored(state, plan, id);
    while (this.byIndex.length <= index) this.byIndex.push(undefined);
    this.byIndex[index] = this.views.get(id);
    return candidate;
  }

  /** What these features make of a stored candidate. Cost: a comparison, where the same were told before. */
  told(told: { id: ItemId; features: Features; stored: Candidate }, make: () => Candidate): Candidate {
    const { id, features, stored } = told;
    const known = this.tellings.get(id);
    const { age } = this;
    if (known !== undefined && known.age === age && known.stored === stored && isSame(known.features, features))
      return known.candidate;
    const candidate = make();
    if (this.tellings.size >= TOLD_MAX) this.tellings.clear();
    this.tellings.set(id, { age, features, stored, candidate });
    return candidate;
  }

  stored(state: PolicyState, plan: Plan, id: ItemId): Stored {
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
    const candidate = build(state, plan, { id, stats, declared, before: known?.candidate });
    if (stats !== undefined || declared !== undefined)
      this.views.set(id, { age: this.age, declared, generation, candidate });
    return candidate;
  }
}

/** Features of the request win over stored ones by field; those that no column can read change nothing. */
export function resolve(state: PolicyState, plan: Plan, item: Item): Candidate {
  const stored = plan.views.stored(state, plan, item.id);
  if (item.features === undefined || !state.catalogue.vocabulary.knowsAny(item.features)) return stored;
  const { id, features } = item;
  return plan.views.told({ id, features, stored }, () => {
    const given = state.catalogue.flattened(id, features, false);
    return given.numbers.size === 0 && given.tokens.size === 0 ? stored : overlaid(state, plan, { id, stored, given });
  });
}

/** Whether both have the same fields in the same order with the same numbers, strings, truth values or lists of such. */
function isSame(a: Features, b: Features): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  const others = Object.keys(b);
  if (names.length !== others.length) return false;
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    if (name !== others[i] || !isSameValue(a[name], b[name])) return false;
  }
  return true;
}

/** Deeper values are not looked into: they count as different. */
function isSameValue(a: Json, b: Json): boolean {
  if (a === b) return typeof a !== "object" || a === null;
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i] || typeof a[i] === "object") return false;
  return true;
}

interface Known {
  readonly id: ItemId;
  readonly stats: ItemStats | undefined;
  readonly declared: CatalogueItem | undefined;
  /** The same item before: its memory is used again. */
  readonly before: Candidate | undefined;
}

function build(state: PolicyState, plan: Plan, { id, stats, declared, before }: Known): Stored {
  const numbers = declared?.numbers ?? NO_NUMBERS;
  const tokens = declared?.tokens ?? NO_TOKENS;
  const history = { changes: -1, count: 0, rate: 0, recent: 0 };
  return {
    stats,
    numbers,
    tokens,
    template: templateOf(state, plan, { id, numbers, tokens, template: before?.template }),
    vector: vectorOf(state, plan, { tokens, vector: before?.vector }),
    history,
    factor: noFactor(),
  };
}

function overlaid(
  state: PolicyState,
  plan: Plan,
  { id, stored, given }: { id: ItemId; stored: Stored; given: CatalogueItem },
): Candidate {
  const numbers = given.numbers.size === 0 ? stored.numbers : new Map([...stored.numbers, ...given.numbers]);
  const tokens = given.tokens.size === 0 ? stored.tokens : new Map([...stored.tokens, ...given.tokens]);
  const same = numbers === stored.numbers && (plan.hashes.id < 0 || tokens === stored.tokens);
  const template = same ? stored.template : templateOf(state, plan, { id, numbers, tokens });
  const vector = tokens === stored.tokens ? stored.vector : vectorOf(state, plan, { tokens });
  return { stats: stored.stats, numbers, tokens, template, vector, history: stored.history, factor: noFactor() };
}

function noFactor(): Candidate["factor"] {
  return { vectors: undefined, vector: NO_VECTOR };
}

/** @param template zeros, but for places that are written here. */
function templateOf(
  state: PolicyState,
  plan: Plan,
  {
    id,
    numbers,
    tokens,
    template = new Float32Array(plan.columns),
  }: Pick<Stored, "numbers" | "tokens"> & Partial<Pick<Candidate, "template">> & { readonly id: ItemId },
): Float32Array {
  const { vocabulary } = state.catalogue;
  const { numberFields } = vocabulary;
  hashItem(template, plan.hashes, { id, tokens, vocabulary });
  for (const { field, column } of plan.numbers) template[column] = numbers.get(field) ?? numberFields[field].mean;
  return template;
}

/** @param vector of the same plan: written to where it is as long. */
function vectorOf(
  state: PolicyState,
  plan: Plan,
  { tokens: lists, vector }: Pick<Candidate, "tokens"> & Partial<Pick<Candidate, "vector">>,
): Vector {
  const { vocabulary } = state.catalogue;
  const { tokenFields } = plan;
  const ends = vector?.ends ?? new Int32Array(tokenFields.length);
  let n = 0;
  for (let f = 0; f < ends.length; f++) {
    n += lists.get(tokenFields[f].field)?.length ?? 0;
    ends[f] = n;
  }
  const same = vector?.tokens.length === n;
  const tokens = same ? vector.tokens : new Int32Array(n);
  const weights = same ? vector.weights : new Float64Array(n);
  for (let f = 0, at = 0; f < ends.length; f++) {
    const list = lists.get(tokenFields[f].field) ?? NO_TOKEN;
    let squares = 0;
    for (let k = 0; k < list.length; k++) {
      tokens[at + k] = list[k];
      weights[at + k] = vocabulary.idfOf(list[k]);
      squares += weights[at + k] ** 2;
    }
    const norm = Math.sqrt(squares);
    for (; at < ends[f]; at++) weights[at] /= norm;
  }
  return { tokens, weights, ends };
}
