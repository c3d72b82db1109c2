/**
 * Lists of candidates that come again and again, as one object each (`decide/itemLists.ts`): what their rows hold
 * whoever asks is kept from request to request until an operation or an item event comes. A memo and nothing else.
 */
import type { Item } from "../domain.ts";
import type { Candidate } from "./candidate.ts";
import type { PolicyState } from "./policyState.ts";

export interface Block {
  readonly candidates: readonly Candidate[];
  /** n × columns: what depends on neither the user, the request nor the time; 0 elsewhere. */
  readonly dense: Float32Array;
  readonly counts: Float32Array;
}

/** Lists remembered a plan. */
const LISTS_MAX = 8;
/** Values of a list that are kept, 1 MB: with `LISTS_MAX` 8 MB a policy. */
const VALUES_MAX = 1 << 18;

interface Known {
  readonly items: readonly Item[];
  readonly inputPosition: ArrayLike<number>;
  features: object | undefined;
  changes: number;
  age: number;
  block: Block | undefined;
}

export class Blocks {
  private readonly lists: Known[] = [];
  private readonly none: Known = {
    ...{ items: [], inputPosition: [], features: undefined },
    ...{ changes: -1, age: -1, block: undefined },
  };

  /** The list of that very object, if it came before; a new one takes the place of the one that came first. */
  find(items: readonly Item[], inputPosition: ArrayLike<number>): Known | undefined {
    for (let k = 0; k < this.lists.length; k++) {
      const list = this.lists[k];
      if (list.items === items && list.inputPosition === inputPosition) return list;
    }
    if (this.lists.length >= LISTS_MAX) this.lists.shift();
    this.lists.push({ ...this.none, items, inputPosition });
    return undefined;
  }

  /** Its block, as long as nothing moved since it was kept. @param age that of the plan's views */
  valid(list: Known, { features }: PolicyState, age: number): Block | undefined {
    const stands = list.features === features && list.changes === features.changes && list.age === age;
    return stands ? list.block : undefined;
  }

  keep(list: Known, { features }: PolicyState, { age, block }: { readonly age: number; readonly block: Block }): void {
    if (block.dense.length > VALUES_MAX) return;
    list.features = features;
    list.changes = features.changes;
    list.age = age;
    const before = list.block?.dense.length === block.dense.length ? list.block : undefined;
    const dense = before?.dense ?? new Float32Array(block.dense.length);
    const counts = before?.counts ?? new Float32Array(block.counts.length);
    dense.set(block.dense);
    counts.set(block.counts);
    list.block = { candidates: block.candidates, dense, counts };
  }
}
