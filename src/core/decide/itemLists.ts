/**
 * Lists of items that came before: where many requests ask about the same candidates, such a list is recognised
 * by its text and everything made of it is used again. Beside a comparison of the text a list costs nothing then.
 */
import type { Item, ItemId } from "../domain.ts";

/** The candidates of a request; shared by all requests that name the same ones and say the same of them. */
export interface ItemList {
  /** Well-formed ids, all different. One object as long as the list is remembered. */
  readonly items: readonly Item[];
  readonly ids: readonly ItemId[];
  /** The ids as a JSON array. */
  readonly idsText: string;
}

/** Lists remembered; with `TEXT_LENGTH_MAX` half a megabyte of text, and the objects made of it. */
const LISTS_MAX = 8;
/** While lists do not come again, one in so many is remembered: remembering costs as much as three comparisons. */
const KEEP_EACH = 16;
/** A longer text is read each time. */
const TEXT_LENGTH_MAX = 64 * 1024;

interface Entry {
  /** From `[` to `]`, a string of its own: a piece of a body would hold the whole body, and who asked. */
  readonly text: string;
  readonly list: ItemList;
}

export class ItemLists {
  /** The latest first. */
  private readonly entries: Entry[] = [];
  /** Lists since one came again. */
  private misses = 0;

  /** The list whose text begins at `start`. Cost: a comparison of memory for each list that is remembered, at most. */
  find(text: string, start: number): Entry | undefined {
    for (let k = 0; k < this.entries.length; k++) {
      const entry = this.entries[k];
      if (text.slice(start, start + entry.text.length) !== entry.text) continue;
      for (let i = k; i > 0; i--) this.entries[i] = this.entries[i - 1];
      this.entries[0] = entry;
      this.misses = 0;
      return entry;
    }
    this.misses++;
    return undefined;
  }

  /** Puts a list before the others; the one that was longest not asked for goes. @param text makes its text */
  keep(list: ItemList, length: number, text: () => string): void {
    if (length > TEXT_LENGTH_MAX || (this.misses > KEEP_EACH && this.misses % KEEP_EACH !== 0)) return;
    this.entries.unshift({ text: text(), list });
    if (this.entries.length > LISTS_MAX) this.entries.pop();
  }
}
