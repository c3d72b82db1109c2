/**
 * Tallies of pairs (segment, item) and (segment, token) in one hash table of numbers: a look-up is mostly one place of
 * memory, and there is nothing that the garbage collector walks. A million pairs are 88 to 176 MB.
 */

/** A cell: the pair, n shown rows, the sum of their rewards, both exponentially forgotten. */
const N = 1;
const SUM = 2;
const RECENT_N = 3;
const RECENT_SUM = 4;
const CELL = 5;
const FIRST_CELLS = 512;
/** Keys of a segment: places of items and tokens, twice. */
const KEYS = 2 ** 31;

export interface SavedPairs {
  /** Segment and key of each pair, in order of first sight. */
  readonly keys: Int32Array;
  readonly values: Float64Array;
}

/** Of an item: its index; of a token: its id. */
export const itemKey = (index: number): number => 2 * index;
export const tokenKey = (token: number): number => 2 * token + 1;

/** Pairs that are asked for at once, and what is known of them. Arrays are by place among those asked for. */
export class Asked {
  n = 0;
  segments = new Int32Array(64);
  keys = new Float64Array(64);
  /** Place of the pair's cell, −1 where it was never seen. */
  pairs = new Int32Array(64);

  add(segment: number, key: number): void {
    if (this.n === this.keys.length) this.grow();
    this.segments[this.n] = segment;
    this.keys[this.n++] = key;
  }

  private grow(): void {
    const { segments, keys, n } = this;
    this.segments = new Int32Array(2 * n);
    this.segments.set(segments);
    this.keys = new Float64Array(2 * n);
    this.keys.set(keys);
    this.pairs = new Int32Array(2 * n);
  }
}

/** A pair is known by the place of its cell, until the next one is appended. */
export class PairTable {
  size = 0;
  /** At most half full; a pair of 0 is none. */
  private cells = new Float64Array(CELL * FIRST_CELLS);
  /** Places in order of first sight. */
  private order = new Int32Array(FIRST_CELLS / 2);

  /** −1 where the pair was never seen. */
  find(segment: number, key: number): number {
    const { cells } = this;
    const pair = segment * KEYS + key + 1;
    const mask = cells.length / CELL - 1;
    for (let cell = hashOf(segment, key) & mask; ; cell = (cell + 1) & mask) {
      const known = cells[CELL * cell];
      if (known === pair) return CELL * cell;
      if (known === 0) return -1;
    }
  }

  /** All that is asked. No look-up waits for the memory of the one before, so that many cost little more than one. */
  findAll({ n, segments, keys, pairs }: Asked): void {
    const { cells } = this;
    const mask = cells.length / CELL - 1;
    for (let k = 0; k < n; k++) {
      const at = CELL * (hashOf(segments[k], keys[k]) & mask);
      pairs[k] = cells[at] === segments[k] * KEYS + keys[k] + 1 ? at : ELSEWHERE;
    }
    for (let k = 0; k < n; k++) if (pairs[k] === ELSEWHERE) pairs[k] = this.find(segments[k], keys[k]);
  }

  /** Of a pair that `find` does not find: zeros. */
  append(segment: number, key: number): number {
    if (this.size === this.order.length) this.grow(2 * this.size);
    const at = this.free(segment, key);
    this.cells[at] = segment * KEYS + key + 1;
    this.order[this.size++] = at;
    return at;
  }

  n(at: number): number {
    return this.cells[at + N];
  }

  sum(at: number): number {
    return this.cells[at + SUM];
  }

  recentN(at: number): number {
    return this.cells[at + RECENT_N];
  }

  recentSum(at: number): number {
    return this.cells[at + RECENT_SUM];
  }

  add(at: number, n: number, sum: number): void {
    this.cells[at + N] += n;
    this.cells[at + SUM] += sum;
  }

  /** @param change keep: what is left of the recent rows' weight before this one is added. */
  addRecent(at: number, change: { readonly n: number; readonly sum: number; readonly keep: number }): void {
    const { cells } = this;
    cells[at + RECENT_N] = cells[at + RECENT_N] * change.keep + change.n;
    cells[at + RECENT_SUM] = cells[at + RECENT_SUM] * change.keep + change.sum;
  }

  /** Each tally counts at most `rows` rows, at the same rate. Cost: a pass over all pairs. */
  cap(rows: number): void {
    const { cells } = this;
    for (let k = 0; k < this.size; k++) {
      for (const place of [N, RECENT_N]) {
        const at = this.order[k] + place;
        if (!(cells[at] > rows)) continue;
        cells[at + 1] *= rows / cells[at];
        cells[at] = rows;
      }
    }
  }

  save(): SavedPairs {
    const { size, order, cells } = this;
    const keys = new Int32Array(2 * size);
    const values = new Float64Array((CELL - 1) * size);
    for (let k = 0; k < size; k++) {
      const pair = cells[order[k]] - 1;
      keys[2 * k] = Math.floor(pair / KEYS);
      keys[2 * k + 1] = pair % KEYS;
      values.set(cells.subarray(order[k] + 1, order[k] + CELL), (CELL - 1) * k);
    }
    return { keys, values };
  }

  /** Fills an empty table. */
  load({ keys, values }: SavedPairs): void {
    const n = keys.length / 2;
    let room = this.order.length;
    while (room < n) room *= 2;
    this.grow(room);
    for (let k = 0; k < n; k++) {
      const at = this.append(keys[2 * k], keys[2 * k + 1]);
      this.cells.set(values.subarray((CELL - 1) * k, (CELL - 1) * (k + 1)), at + 1);
    }
  }

  /** @param room a power of two: pairs that have place then. */
  private grow(room: number): void {
    const { cells, order, size } = this;
    this.cells = new Float64Array(2 * CELL * room);
    this.order = new Int32Array(room);
    for (let k = 0; k < size; k++) {
      const pair = cells[order[k]] - 1;
      const at = this.free(Math.floor(pair / KEYS), pair % KEYS);
      this.cells.set(cells.subarray(order[k], order[k] + CELL), at);
      this.order[k] = at;
    }
  }

  private free(segment: number, key: number): number {
    const mask = this.cells.length / CELL - 1;
    let cell = hashOf(segment, key) & mask;
    while (this.cells[CELL * cell] !== 0) cell = (cell + 1) & mask;
    return CELL * cell;
  }
}

/** Stands for what is not in its first place. */
const ELSEWHERE = -2;

/** Two odd constants of murmur3's finaliser and its last mixing step. */
function hashOf(segment: number, key: number): number {
  const mixed = Math.imul(segment, 0x85ebca6b) ^ Math.imul(key, 0xc2b2ae35);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 7;
}
