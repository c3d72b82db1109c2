/**
 * Tallies of pairs (segment, item) and (segment, token) side by side: a hash table of whole numbers whose rows lie in
 * order of first sight. A million pairs are 56 MB and nothing that the garbage collector walks; a look-up costs two
 * places of memory.
 */

/** Values of a row: n shown rows and the sum of their rewards; both exponentially forgotten. */
const N = 0;
const SUM = 1;
const RECENT_N = 2;
const RECENT_SUM = 3;
const VALUES = 4;
const FIRST_ROWS = 256;

export interface SavedPairs {
  /** Segment and key of each row. */
  readonly keys: Int32Array;
  readonly values: Float64Array;
}

/** Of an item: its index; of a token: its id. */
export const itemKey = (index: number): number => 2 * index;
export const tokenKey = (token: number): number => 2 * token + 1;

export class PairTable {
  size = 0;
  private keys = new Int32Array(2 * FIRST_ROWS);
  private values = new Float64Array(VALUES * FIRST_ROWS);
  /** Row + 1 by hash, 0 where none is; at most half full. */
  private slots = new Int32Array(2 * FIRST_ROWS);

  /** −1 where the pair was never seen. */
  find(segment: number, key: number): number {
    const { slots, keys } = this;
    const mask = slots.length - 1;
    for (let at = hashOf(segment, key) & mask; ; at = (at + 1) & mask) {
      const row = slots[at] - 1;
      if (row < 0 || (keys[2 * row] === segment && keys[2 * row + 1] === key)) return row;
    }
  }

  /** Of a pair that `find` does not find: a row of zeros. */
  append(segment: number, key: number): number {
    if (2 * (this.size + 1) > this.keys.length) this.grow();
    const row = this.size++;
    this.keys[2 * row] = segment;
    this.keys[2 * row + 1] = key;
    this.place(row);
    return row;
  }

  n(row: number): number {
    return this.values[VALUES * row + N];
  }

  sum(row: number): number {
    return this.values[VALUES * row + SUM];
  }

  recentN(row: number): number {
    return this.values[VALUES * row + RECENT_N];
  }

  recentSum(row: number): number {
    return this.values[VALUES * row + RECENT_SUM];
  }

  add(row: number, n: number, sum: number): void {
    this.values[VALUES * row + N] += n;
    this.values[VALUES * row + SUM] += sum;
  }

  /** @param keep what is left of the recent rows' weight before this one is added. */
  addRecent(row: number, change: { readonly n: number; readonly sum: number; readonly keep: number }): void {
    const at = VALUES * row;
    this.values[at + RECENT_N] = this.values[at + RECENT_N] * change.keep + change.n;
    this.values[at + RECENT_SUM] = this.values[at + RECENT_SUM] * change.keep + change.sum;
  }

  save(): SavedPairs {
    return { keys: this.keys.slice(0, 2 * this.size), values: this.values.slice(0, VALUES * this.size) };
  }

  load({ keys, values }: SavedPairs): void {
    this.size = keys.length / 2;
    let rows = FIRST_ROWS;
    while (rows < this.size) rows *= 2;
    this.reserve(rows, keys, values);
  }

  private grow(): void {
    this.reserve(this.keys.length, this.keys, this.values);
  }

  /** Room for `rows`, a power of two, with the `size` rows that are given. */
  private reserve(rows: number, keys: Int32Array, values: Float64Array): void {
    this.keys = new Int32Array(2 * rows);
    this.values = new Float64Array(VALUES * rows);
    this.slots = new Int32Array(2 * rows);
    this.keys.set(keys);
    this.values.set(values);
    for (let row = 0; row < this.size; row++) this.place(row);
  }

  private place(row: number): void {
    const mask = this.slots.length - 1;
    let at = hashOf(this.keys[2 * row], this.keys[2 * row + 1]) & mask;
    while (this.slots[at] !== 0) at = (at + 1) & mask;
    this.slots[at] = row + 1;
  }
}

/** Two odd constants of murmur3's finaliser and its last mixing step. */
function hashOf(segment: number, key: number): number {
  const mixed = Math.imul(segment, 0x85ebca6b) ^ Math.imul(key, 0xc2b2ae35);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 7;
}
