/**
 * Bodies whose candidates are plain ids, `"items":[{"id":"a1"},…]`, read without making an object of each: of 100 such
 * items JSON.parse and the checks cost 15 µs and garbage, this 4 µs. Items may have features as well, as long as they are
 * mostly those of earlier bodies (`toldItems.ts`). Whatever is not of that form, or wrong in any way,
 * is left to the usual way, so what a body means and which error it gets is decided there alone.
 */
import type { Item, ItemId } from "../domain.ts";
import { ID_LENGTH_MAX } from "./check.ts";
import { type ItemList, ItemLists } from "./itemLists.ts";
import { ITEMS_MAX } from "./rankRequest.ts";
import { ToldItems } from "./toldItems.ts";

/** Places for items met before; when they are full, later items take the places of earlier ones. */
const PLACES = 1 << 16;
const PROBES = 8;

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const I = 0x69;
const D = 0x64;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const DELETE = 0x7f;

interface Known {
  readonly item: Item;
  /** `,"<id>"` */
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly hash: number;
  /** The body that named it last. */
  body: number;
}

const ascii = new TextDecoder("latin1");
const NOT_PLAIN = { length: 0 };

/** As bytes and as the text that they are. */
interface Body {
  readonly bytes: Uint8Array;
  readonly text: string;
}

export interface PlainBody {
  /** The whole body, with the list's `items` in their place. */
  readonly value: object;
  readonly list: ItemList;
}

export class PlainItems {
  private readonly known: (Known | undefined)[] = new Array(PLACES).fill(undefined);
  private readonly lists = new ItemLists();
  private readonly told = new ToldItems();
  /** Stands in for the list while the rest is parsed: as it is, and as JSON. */
  private readonly marked: string;
  private readonly mark: string;
  private body = 0;
  /** The id under way. */
  private from = 0;
  private to = 0;
  private hash = 0;
  /** The ids so far, each as `,"<id>"`. */
  private ids = "";

  /** @param mark text that no caller can know: it stands in for the list while the rest is parsed. */
  constructor(mark: string) {
    this.mark = JSON.stringify(mark);
    this.marked = mark;
  }

  /** Undefined: not of this form. Never throws. @param body as bytes and as the text they are. */
  read({ bytes, text }: Body): PlainBody | undefined {
    // Of equal length only when all is ASCII: then a place in the bytes is the place in the text.
    if (bytes.length !== text.length) return undefined;
    const start = listAt(bytes, text);
    if (start < 0) return undefined;
    const known = this.lists.find(text, start);
    const { list, length } = known
      ? { list: known.list, length: known.text.length }
      : this.fresh({ bytes, text }, start);
    if (list === undefined) return undefined;
    // Where an inner object or a name held the list, or a later list replaces it, the mark is not at `items`.
    const value = parsed(text.slice(0, start) + this.mark + text.slice(start + length));
    if (value?.items !== this.marked) return undefined;
    value.items = list.items;
    return { value, list };
  }

  /** A list that did not come before, which may be remembered. */
  private fresh(body: Body, start: number): { readonly list?: ItemList; readonly length: number } {
    const { bytes } = body;
    const items: Item[] = [];
    const end = this.list(body, start, items);
    if (end < 0) return NOT_PLAIN;
    const ids: ItemId[] = new Array(items.length);
    for (let i = 0; i < ids.length; i++) ids[i] = items[i].id;
    const list = { items, ids, idsText: `[${this.ids.slice(1)}]` };
    this.lists.keep(list, end - start, () => ascii.decode(bytes.subarray(start, end)));
    return { list, length: end - start };
  }

  /** Fills `items`; answers where the list ends, or −1. */
  private list(body: Body, start: number, items: Item[]): number {
    const { bytes } = body;
    this.body++;
    this.ids = "";
    this.told.begin();
    let at = spaces(bytes, start + 1);
    while (items.length < ITEMS_MAX) {
      if (!this.id(bytes, at)) return -1;
      const known = this.intern(bytes);
      if (known === undefined) return -1;
      this.ids += known.text;
      at = this.item(body, at, { known, items });
      if (bytes[at] === CLOSE_LIST) {
        this.told.end();
        return at + 1;
      }
      at = after(bytes, at, COMMA);
      if (at < 0) return -1;
    }
    return -1;
  }

  /** Puts the item at `at`, whose id was just read, to `items`; answers what comes behind it, or −1. */
  private item(
    { bytes, text }: Body,
    at: number,
    { known, items }: { readonly known: Known; readonly items: Item[] },
  ): number {
    const end = after(bytes, this.to + 1, CLOSE);
    if (end >= 0) {
      items.push(known.item);
      return end;
    }
    const told = this.told.read({ bytes, text }, at, known.item.id);
    if (told === undefined) return -1;
    items.push(told.item);
    return spaces(bytes, at + told.text.length);
  }

  /** Reads `{"id":"…"`; whether that stands at `at`. */
  private id(bytes: Uint8Array, at: number): boolean {
    let to = idAt(bytes, at);
    if (to < 0) return false;
    this.from = to;
    let hash = 0x811c9dc5;
    for (
      let byte = bytes[to];
      byte >= SPACE && byte < DELETE && byte !== QUOTE && byte !== BACKSLASH;
      byte = bytes[++to]
    ) {
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    this.to = to;
    this.hash = hash;
    return bytes[to] === QUOTE && to > this.from && to - this.from <= ID_LENGTH_MAX;
  }

  /** The one item of this id; undefined when the body named it before, or when the body's own items hold its places. */
  private intern(bytes: Uint8Array): Known | undefined {
    const { hash, from, to, body } = this;
    let free = -1;
    for (let probe = 0; probe < PROBES; probe++) {
      const place = (hash + probe) & (PLACES - 1);
      const known = this.known[place];
      if (known === undefined) {
        if (free < 0) free = place;
        break;
      }
      if (known.hash === hash && this.same(bytes, known.bytes)) {
        if (known.body === body) return undefined;
        known.body = body;
        return known;
      }
      if (free < 0 && known.body !== body) free = place;
    }
    if (free < 0) return undefined;
    // Not `slice`: of a Buffer that is a view.
    const own = new Uint8Array(bytes.subarray(from, to));
    const id = String.fromCharCode(...own);
    const made = { item: { id }, text: `,"${id}"`, bytes: own, hash, body };
    this.known[free] = made;
    return made;
  }

  private same(bytes: Uint8Array, known: Uint8Array): boolean {
    const { from } = this;
    if (known.length !== this.to - from) return false;
    for (let i = 0; i < known.length; i++) if (known[i] !== bytes[from + i]) return false;
    return true;
  }
}

/** Where the first list called "items" begins, or −1. */
function listAt(bytes: Uint8Array, text: string): number {
  const name = text.indexOf('"items"');
  if (name < 0) return -1;
  const at = after(bytes, name + 7, COLON);
  return bytes[at] === OPEN_LIST ? at : -1;
}

/** Where the id begins in `{"id":"…`, or −1. */
function idAt(bytes: Uint8Array, at: number): number {
  if (bytes[at + 1] === QUOTE && bytes[at + 5] === COLON && bytes[at + 6] === QUOTE) {
    return bytes[at] === OPEN && bytes[at + 2] === I && bytes[at + 3] === D && bytes[at + 4] === QUOTE ? at + 7 : -1;
  }
  const name = after(bytes, at, OPEN);
  if (bytes[name] !== QUOTE || bytes[name + 1] !== I || bytes[name + 2] !== D || bytes[name + 3] !== QUOTE) return -1;
  const value = after(bytes, name + 4, COLON);
  return bytes[value] === QUOTE ? value + 1 : -1;
}

/** Just behind `byte` and the spaces around it; −1 where another stands. */
function after(bytes: Uint8Array, at: number, byte: number): number {
  const found = spaces(bytes, at);
  return bytes[found] === byte ? spaces(bytes, found + 1) : -1;
}

function spaces(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === SPACE || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

function parsed(text: string): { items?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
