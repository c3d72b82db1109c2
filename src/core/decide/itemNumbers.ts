/**
 * Numbers of all items as one matrix, for bodies that are not JSON: a third of the bytes, and no less CPU, because the
 * numbers become features as those of JSON do.
 */
import type { Features } from "../domain.ts";
import { BrigandError } from "../errors.ts";
import { checkKeys, isObject, wrong } from "./check.ts";
import { ITEMS_MAX } from "./rankRequest.ts";

/** Most numbers of an item. */
export const NUMBERS_MAX = 1024;
const NAME_LENGTH_MAX = 256;
const FIELDS: ReadonlySet<string> = new Set(["names", "values"]);
const FORBIDDEN: ReadonlySet<string> = new Set(["", "__proto__", "constructor", "prototype"]);

/**
 * The body with each row of `itemNumbers` ({names, values: float32 little-endian, items × names, row-major}) as
 * features of its item, under those that the item tells itself; the body as it is where there are none.
 * @throws CB_BODY_INVALID
 */
export function withItemNumbers(body: unknown): unknown {
  if (!isObject(body) || body.itemNumbers === undefined) return body;
  const { itemNumbers, ...rest } = body;
  if (!isObject(itemNumbers)) throw wrong("itemNumbers", "an object of names and values", itemNumbers);
  checkKeys(itemNumbers, FIELDS, "itemNumbers");
  const names = namesOf(itemNumbers.names);
  const { items } = rest;
  if (!Array.isArray(items) || items.length > ITEMS_MAX) return rest;
  const values = valuesOf(itemNumbers.values, items.length * names.length);
  return { ...rest, items: items.map((item, i) => withRow(item, names, values.subarray(i * names.length))) };
}

function withRow(item: unknown, names: readonly string[], row: Float32Array): unknown {
  if (!isObject(item) || (item.features !== undefined && !isObject(item.features))) return item;
  const features: { [name: string]: unknown } = {};
  for (let k = 0; k < names.length; k++) features[names[k]] = row[k];
  return { ...item, features: Object.assign(features, item.features) as Features };
}

function namesOf(names: unknown): readonly string[] {
  const expected = `1 to ${NUMBERS_MAX} different names of 1 to ${NAME_LENGTH_MAX} characters`;
  if (!Array.isArray(names) || names.length < 1 || names.length > NUMBERS_MAX)
    throw wrong("itemNumbers.names", expected, names);
  const different = new Set<string>();
  for (const name of names as readonly unknown[]) {
    if (typeof name !== "string" || name.length > NAME_LENGTH_MAX || FORBIDDEN.has(name))
      throw wrong("itemNumbers.names", expected, name);
    different.add(name);
  }
  if (different.size < names.length) throw wrong("itemNumbers.names", expected, names);
  return [...different];
}

/** The bytes start anywhere; a Float32Array at a multiple of four. */
function valuesOf(bytes: unknown, count: number): Float32Array {
  const expected = `${count * 4} bytes, a float32 for each item and name`;
  if (!(bytes instanceof Uint8Array)) throw wrong("itemNumbers.values", expected, bytes);
  if (bytes.byteLength !== count * 4)
    throw new BrigandError("CB_BODY_INVALID", {
      path: "itemNumbers.values",
      ...{ expected, came: `${bytes.byteLength} bytes` },
    });
  const copy = new Uint8Array(bytes);
  return new Float32Array(copy.buffer);
}
