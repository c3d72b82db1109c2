/**
 * Lists of candidates that come again and again, as one object each (`decide/itemLists.ts`): what their rows hold
 * whoever asks is kept from request to request until an operation or an item event comes. A memo and nothing else.
 */
import type { Item } from "../domain.ts";
import type { Candidate } from "./candidate.ts";
import type { FeatureState } from "./state.ts";

export interface Block {
  readonly candidates: readonly Candidate[];
  /** n × columns: what depends on neither the user, the request nor the time; 0 elsewhere. */
  readonly dense: Float32Array;
  readonly counts: Float32Array;
}

/** What a block is made of: as long as this stands, so does the block. */
export interface Basis {
  readonly inputPosition: ArrayLike<number>;
  readonly features: FeatureState;
  /** Of `features`. */
  readonly changes: number;
  /** Of the plan's views. */
  readonly age: number;
}

interface Known {
  readonly basis: Basis;
  readonly block: Block;
}

/** Lists remembered a plan. */
const LISTS_MAX = 8;
/** Values of a list that are kept, 1 MB: with `LISTS_MAX` 8 MB a policy. */
const VALUES_MAX = 1 << 18;

export class Blocks {
  /** By the list itself, the one that was asked for last at the end; a list that came once has nothing yet. */
  private readonly lists = new Map<readonly Item[], Known | undefined>();

  /** Its block, where this is what it was made of. */
  find(items: readonly Item[], basis: Basis): Block | undefined {
    const known = this.lists.get(items);
    if (known === undefined || !isSame(known.basis, basis)) return undefined;
    this.renew(items, known);
    return known.block;
  }

  /** Takes a copy of the block of a list that comes for the second time. */
  keep(items: readonly Item[], basis: Basis, block: Block): void {
    const again = this.lists.has(items) && block.dense.length <= VALUES_MAX;
    this.renew(items, again ? { basis, block: copied(block, this.lists.get(items)?.block) } : undefined);
  }

  private renew(items: readonly Item[], known: Known | undefined): void {
    this.lists.delete(items);
    this.lists.set(items, known);
    if (this.lists.size <= LISTS_MAX) return;
    for (const oldest of this.lists.keys()) {
      this.lists.delete(oldest);
      return;
    }
  }
}

function isSame(a: Basis, b: Basis): boolean {
  return a.features === b.features && a.changes === b.changes && a.age === b.age && a.inputPosition === b.inputPosition;
}

/** @param before memory that is written to where it is as long. */
function copied({ candidates, dense, counts }: Block, before: Block | undefined): Block {
  const same = before?.dense.length === dense.length && before.counts.length === counts.length;
  if (!same) return { candidates, dense: dense.slice(), counts: counts.slice() };
  before.dense.set(dense);
  before.counts.set(counts);
  return { ...before, candidates };
}
