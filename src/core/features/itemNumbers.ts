/**
 * Numbers of all candidates as one matrix of the request. Each row is worth what the same numbers among its item's
 * features would be, under those that the item tells itself; no object of them is ever made.
 */
import type { Features, ItemId } from "../domain.ts";
import type { Candidate } from "./candidate.ts";
import { FIELD_LENGTH_MAX, FLATTEN_LEAVES_MAX, flatten } from "./flatten.ts";
import type { Plan } from "./plan.ts";
import type { PolicyState } from "./policyState.ts";
import type { Vocabulary } from "./vocabulary.ts";

export interface ItemNumbers {
  /** All different. */
  readonly names: readonly string[];
  /** A row of `names.length` finite numbers for each item of the caller's list. */
  readonly values: Float32Array;
}

/** The numbers of a matrix that the state knows. */
interface Layout {
  readonly names: readonly string[];
  /** Their places in a row of the matrix. */
  readonly from: Int32Array;
  /** Their order by field. */
  readonly byField: ReadonlyMap<number, number>;
  /** Which of them are columns. */
  readonly columns: readonly { readonly number: number; readonly column: number }[];
}

/** A candidate with the numbers that it was last told; both are written over when others come. */
interface Row {
  readonly base: Candidate;
  /** That of the request, and what is left of it beside the item's own features. */
  readonly whole: Layout;
  readonly layout: Layout;
  readonly values: Float32Array;
  readonly candidate: Candidate;
}

/** Sets of names remembered: one an application, mostly. */
const LAYOUTS_MAX = 4;
/** As many as of candidates that tell features; over it all are made again. */
const ROWS_MAX = 20_000;

/** What matrices made of candidates, under one plan. A memo: the state and the request alone say what comes out. */
export class ItemRows {
  private readonly layouts: Layout[] = [];
  private readonly rows = new Map<ItemId, Row>();

  /**
   * Candidates with the numbers of their rows. Good until the next call. Cost: 0.1 µs an item whose row came before; else a look
   * at each of its numbers.
   * @param of bases: what the items are without the matrix. place: the row of each.
   */
  over(
    { state, plan }: { readonly state: PolicyState; readonly plan: Plan },
    { names, values }: ItemNumbers,
    of: {
      readonly items: readonly { readonly id: ItemId; readonly features?: Features }[];
      readonly bases: readonly Candidate[];
      readonly place: ArrayLike<number>;
    },
  ): readonly Candidate[] {
    const layout = this.layoutOf(names, plan, state.catalogue.vocabulary);
    if (layout.from.length === 0) return of.bases;
    return of.bases.map((base, i) => {
      const at = of.place[i] * names.length;
      const { id, features } = of.items[i];
      const known = this.rows.get(id);
      if (known !== undefined && known.base === base && known.whole === layout) {
        if (!holds(known, values, at)) write(known, values, at);
        return known.candidate;
      }
      const own = features === undefined ? layout : without(layout, numbersIn(features), plan);
      const row = rowOf(base, layout, own);
      write(row, values, at);
      if (this.rows.size >= ROWS_MAX) this.rows.clear();
      this.rows.set(id, row);
      return row.candidate;
    });
  }

  private layoutOf(names: readonly string[], plan: Plan, vocabulary: Vocabulary): Layout {
    const known = this.layouts.find((layout) => isSame(layout.names, names));
    if (known !== undefined) return known;
    const numbers: { from: number; field: number }[] = [];
    for (let j = 0; j < names.length && j < FLATTEN_LEAVES_MAX; j++) {
      const field = names[j].length > FIELD_LENGTH_MAX ? undefined : vocabulary.numberField(names[j], false);
      if (field !== undefined) numbers.push({ from: j, field });
    }
    if (this.layouts.length >= LAYOUTS_MAX) this.layouts.shift();
    const layout = laidOut(names, numbers, plan);
    this.layouts.push(layout);
    return layout;
  }
}

function laidOut(
  names: readonly string[],
  numbers: readonly { readonly from: number; readonly field: number }[],
  plan: Plan,
): Layout {
  const byField = new Map(numbers.map(({ field }, number) => [field, number]));
  const columns = plan.numbers.flatMap(({ field, column }) => {
    const number = byField.get(field);
    return number === undefined ? [] : [{ number, column }];
  });
  return { names, from: Int32Array.from(numbers, ({ from }) => from), byField, columns };
}

/** Names that the features have themselves, and those of the numbers in them. */
function numbersIn(features: Features): ReadonlySet<string> {
  const names = new Set(Object.keys(features));
  flatten(features, { number: (name) => void names.add(name), token: () => {} });
  return names;
}

function without(layout: Layout, told: ReadonlySet<string>, plan: Plan): Layout {
  const { names, from, byField } = layout;
  const left = [...byField]
    .map(([field, number]) => ({ field, from: from[number] }))
    .filter((one) => !told.has(names[one.from]));
  return left.length === from.length ? layout : laidOut(names, left, plan);
}

function rowOf(base: Candidate, whole: Layout, layout: Layout): Row {
  const values = new Float32Array(layout.from.length);
  const { byField } = layout;
  const numbers = {
    get: (field: number) => {
      const number = byField.get(field);
      return number === undefined ? base.numbers.get(field) : Math.asinh(values[number]);
    },
  };
  const template = base.template.slice();
  const factor = { ...base.factor, vectors: undefined };
  return { base, whole, layout, values, candidate: { ...base, numbers, template, factor } };
}

function holds({ layout: { from }, values }: Row, matrix: Float32Array, at: number): boolean {
  for (let k = 0; k < from.length; k++) if (values[k] !== matrix[at + from[k]]) return false;
  return true;
}

function write({ layout, values, candidate }: Row, matrix: Float32Array, at: number): void {
  const { from, columns } = layout;
  for (let k = 0; k < from.length; k++) values[k] = matrix[at + from[k]];
  for (let c = 0; c < columns.length; c++) {
    const { number, column } = columns[c];
    candidate.template[column] = Math.asinh(values[number]);
  }
  candidate.factor.vectors = undefined;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
