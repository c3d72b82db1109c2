/** Numbers of all items as one matrix, for bodies that are not JSON. */
import type { Features } from "../domain.ts";
import { BrigandError } from "../errors.ts";
import type { ItemNumbers } from "../features/itemNumbers.ts";
import { checkKeys, isObject, wrong } from "./check.ts";
import { type RankRequest, readRank } from "./rankRequest.ts";

/** Most numbers of an item. */
export const NUMBERS_MAX = 1024;
const NAME_LENGTH_MAX = 256;
const FIELDS: ReadonlySet<string> = new Set(["names", "values"]);
const FORBIDDEN: ReadonlySet<string> = new Set(["", "__proto__", "constructor", "prototype"]);

/**
 * As `readRank`, of a body that may have `itemNumbers`: {names, values: float32 little-endian, items × names,
 * row-major}, further features of its items under those that an item tells itself.
 * @throws as `readRank`
 */
export function readRankWithNumbers(body: unknown): RankRequest {
  if (!isObject(body) || body.itemNumbers === undefined) return readRank(body);
  const { itemNumbers, ...rest } = body;
  const asked = readRank(rest);
  return { ...asked, itemNumbers: numbersOf(itemNumbers, asked.items.length) };
}

/** All features of the item at this place of the caller's list, its own over those of its row. */
export function featuresAt({ names, values }: ItemNumbers, place: number, own: Features | undefined): Features {
  const features: { [name: string]: number } = {};
  for (let k = 0; k < names.length; k++) features[names[k]] = values[place * names.length + k];
  return Object.assign(features, own);
}

function numbersOf(itemNumbers: unknown, items: number): ItemNumbers {
  if (!isObject(itemNumbers)) throw wrong("itemNumbers", "an object of names and values", itemNumbers);
  checkKeys(itemNumbers, FIELDS, "itemNumbers");
  const names = namesOf(itemNumbers.names);
  const values = valuesOf(itemNumbers.values, items * names.length);
  for (let k = 0; k < values.length; k++)
    if (!Number.isFinite(values[k])) throw wrong("itemNumbers.values", "made of finite numbers", values[k]);
  return { names, values };
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
