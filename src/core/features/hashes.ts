/**
 * Strings of many values as columns of hashes: what models cross (`core/model/crosses.ts`). A value is 24 bits of
 * murmur3 of "name=value", exact in float32 and never 0; 0 says that there is no such string.
 */
import { murmur3 } from "../math/murmur3.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Columns of hashes of a request's strings, and of an item's id and strings. */
export const REQUEST_HASHES_MAX = 6;
export const ITEM_HASHES_MAX = 6;
/** Values of one list of strings that have columns, the first ones. */
export const HASHED_VALUES_MAX = 3;
/** The item's id. */
export const ID_HASH = "item.hash";
const SEED = 1;

/** Where hashes go. Arrays of columns are by place in a list of strings. */
export interface HashPlan {
  readonly request: ReadonlyMap<string, readonly number[]>;
  readonly fields: readonly { readonly field: number; readonly columns: readonly number[] }[];
  /** −1: there are no hashes. */
  readonly id: number;
}

/** Hashes of strings of requests that come again and again; what comes later is hashed each time. */
const KEPT_MAX = 16_384;
const KEPT_LENGTH_MAX = 64;
const kept = new Map<string, number>();

/** 1 … 2²⁴ − 1. */
export function hashOf(name: string, value: string): number {
  return hashOfKey(`${name}=${value}`);
}

/** The same of "name=value". Cost: a look-up where it is kept, else 0.1 µs. */
export function hashOfKey(key: string): number {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const hash = hashed(key);
  if (kept.size < KEPT_MAX && key.length <= KEPT_LENGTH_MAX) kept.set(key, hash);
  return hash;
}

const hashed = (key: string): number => murmur3(key, SEED) >>> 8 || 1;
const itemHash = (field: string, value: string): number => hashed(`${field}=${value}`);

/** `hash:S:K`: the K-th value of the request's string S. */
export const isRequestHash = (column: string): boolean => column.startsWith("hash:");
/** `item.hash`, and `itemhash:F:K`: the K-th value of the item's string F. */
export const isItemHash = (column: string): boolean => column === ID_HASH || column.startsWith("itemhash:");
/** Whether a column says nothing as a number. */
export const isHash = (column: string): boolean => isRequestHash(column) || isItemHash(column);

export function hashPlan(columns: readonly string[], vocabulary: Vocabulary): HashPlan {
  const request = new Map<string, number[]>();
  const fields = new Map<string, number[]>();
  columns.forEach((column, place) => {
    if (column === ID_HASH || !isHash(column)) return;
    const name = decodeURIComponent(column.split(":")[1]);
    const lists = isRequestHash(column) ? request : fields;
    lists.set(name, [...(lists.get(name) ?? []), place]);
  });
  const known = [...fields].flatMap(([name, at]) => {
    const field = vocabulary.tokenField(name, false);
    return field === undefined ? [] : [{ field, columns: at }];
  });
  return { request, fields: known, id: columns.indexOf(ID_HASH) };
}

/** Writes the hashes of an item into its row, 0 where it has none. Cost: 0.1 µs a string that was never hashed. */
export function hashItem(
  row: Float32Array,
  { id, fields }: HashPlan,
  item: { readonly id: string; readonly tokens: ReadonlyMap<number, Int32Array>; readonly vocabulary: Vocabulary },
): void {
  if (id < 0) return;
  row[id] = itemHash("", item.id);
  const { vocabulary } = item;
  for (const { field, columns } of fields) {
    const tokens = item.tokens.get(field);
    for (let k = 0; k < columns.length; k++) {
      const token = tokens?.[k];
      row[columns[k]] = token === undefined ? 0 : vocabulary.hashOf(token, itemHash);
    }
  }
}
