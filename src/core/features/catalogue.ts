/**
 * Declared features of the items and users of a workspace: a fold over item and user events.
 * Bounded: over `itemsMax` or `usersMax` the entry that was written longest ago goes.
 */
import type { Features, ItemId, Subject } from "../domain.ts";
import type { ItemRecord, UserRecord } from "../log/records.ts";
import { RecordKind } from "../log/records.ts";
import { flatten } from "./flatten.ts";
import { Vocabulary } from "./vocabulary.ts";

/** One item's declared features, flattened. `numbers[field]` may be missing or NaN: absent. */
export interface CatalogueItem {
  readonly id: ItemId;
  readonly numbers: Map<number, number>;
  /** Token ids by token field. */
  readonly tokens: Map<number, Int32Array>;
  /** Tokens of all fields in one; made by `allTokens`. */
  flat?: Int32Array;
}

/** Every token of the item, field by field. Cost: a concatenation the first time. */
export function allTokens(item: CatalogueItem): Int32Array {
  if (item.flat !== undefined) return item.flat;
  const all: number[] = [];
  for (const tokens of item.tokens.values()) for (let k = 0; k < tokens.length; k++) all.push(tokens[k]);
  item.flat = new Int32Array(all);
  return item.flat;
}

/** Fields of one token are common: the list of each of the first tokens is made once and shared. */
const SINGLES_MAX = 65_536;
const singles: Int32Array[] = [];

/** Not to be written to. */
function singleOf(token: number): Int32Array {
  if (token >= SINGLES_MAX) return Int32Array.of(token);
  while (singles.length <= token) singles.push(Int32Array.of(singles.length));
  return singles[token];
}

export interface CatalogueBounds {
  readonly itemsMax: number;
  readonly usersMax: number;
}

export class Catalogue {
  readonly vocabulary = new Vocabulary();
  readonly items = new Map<ItemId, CatalogueItem>();
  readonly users = new Map<Subject, Features>();
  /** Grows with every change of an item; discovery looks at it. */
  changes = 0;
  readonly bounds: CatalogueBounds;

  constructor(bounds: CatalogueBounds = { itemsMax: 500_000, usersMax: 500_000 }) {
    this.bounds = bounds;
  }

  apply(record: ItemRecord | UserRecord): void {
    if (record.kind === RecordKind.item) this.putItem(record.item, record.features);
    else this.putUser(record.subject, record.features);
  }

  /** Later events of an item add to and replace its fields by name. Cost: linear in the features. */
  private putItem(id: ItemId, features: Features): void {
    const known = this.items.get(id);
    const item = this.flattened(id, features, true);
    if (known !== undefined) {
      for (const [field, value] of known.numbers) if (!item.numbers.has(field)) item.numbers.set(field, value);
      for (const [field, value] of known.tokens) {
        if (item.tokens.has(field)) this.vocabulary.uncount(field, value);
        else item.tokens.set(field, value);
      }
      this.items.delete(id);
    } else this.vocabulary.itemCount++;
    this.items.set(id, item);
    this.changes++;
    this.vocabulary.refreshWhenGrown();
    if (this.items.size > this.bounds.itemsMax) this.evictItem();
  }

  /**
   * Features of an item that has no name of its own and only passes: they count towards the vocabulary as one more
   * item's, and stand under `id` until the next passing one takes its place. Callers keep `id` to few values.
   */
  passing(id: ItemId, features: Features): void {
    this.items.set(id, this.flattened(id, features, true));
    this.vocabulary.itemCount++;
    this.changes++;
    this.vocabulary.refreshWhenGrown();
  }

  private evictItem(): void {
    for (const [id, item] of this.items) {
      for (const [field, tokens] of item.tokens) this.vocabulary.uncount(field, tokens);
      this.vocabulary.itemCount--;
      this.items.delete(id);
      return;
    }
  }

  private putUser(subject: Subject, features: Features): void {
    const known = this.users.get(subject);
    this.users.delete(subject);
    this.users.set(subject, known === undefined ? features : { ...known, ...features });
    if (this.users.size > this.bounds.usersMax) {
      for (const oldest of this.users.keys()) {
        this.users.delete(oldest);
        break;
      }
    }
  }

  /**
   * Flattens features as an item. With `learn` new fields and tokens get ids and document counts grow; without,
   * unknown tokens are dropped (a request must not grow the state).
   */
  flattened(id: ItemId, features: Features, learn: boolean): CatalogueItem {
    const numbers = new Map<number, number>();
    const tokens = new Map<number, Int32Array>();
    /** Of fields of more than one token: mostly there are none. */
    let lists: Map<number, number[]> | undefined;
    const vocabulary = this.vocabulary;
    flatten(features, {
      number(name, value) {
        const field = vocabulary.numberField(name, learn);
        if (field === undefined) return;
        const mapped = Math.asinh(value);
        numbers.set(field, mapped);
        if (learn) vocabulary.countNumber(field, mapped);
      },
      token(name, value) {
        const field = vocabulary.tokenField(name, learn);
        if (field === undefined) return;
        const token = vocabulary.token(field, value, learn);
        if (token === undefined) return;
        const first = tokens.get(field);
        const list = lists?.get(field);
        if (first === undefined) tokens.set(field, singleOf(token));
        else if (list !== undefined && !list.includes(token)) list.push(token);
        else if (list === undefined && first[0] !== token) {
          lists ??= new Map();
          lists.set(field, [first[0], token]);
        }
      },
    });
    for (const [field, list] of lists ?? []) tokens.set(field, new Int32Array(list));
    if (learn) for (const [field, ids] of tokens) vocabulary.count(field, ids);
    return { id, numbers, tokens };
  }
}
