/**
 * Vectors of the items of a policy's table, one behind the other in two arrays: who goes through many of them, as the
 * memory of a user does, reads little memory and follows no pointers.
 */
import type { Vector } from "./candidate.ts";

const FIRST_TOKENS = 4_096;
const FIRST_ITEMS = 512;

export class VectorTable {
  tokens = new Int32Array(FIRST_TOKENS);
  weights = new Float64Array(FIRST_TOKENS);
  /** By index of the item, twice: where its tokens begin and where they end. */
  places = new Int32Array(2 * FIRST_ITEMS);
  /** By index of the item: the age of its owner at which its vector was true; 0 for none. */
  ages = new Int32Array(FIRST_ITEMS);
  private vectors: (Vector | undefined)[] = [];
  private used = 0;
  /** Places of vectors that others, of another length, have replaced. */
  private left = 0;

  /** Half of it is left over. */
  get wasteful(): boolean {
    return this.left > FIRST_TOKENS && 2 * this.left > this.used;
  }

  /** The item's vector is this one at `age`. Cost: a copy where it is another than before. */
  put(index: number, vector: Vector, age: number): void {
    while (this.vectors.length <= index) this.vectors.push(undefined);
    if (index >= this.ages.length) {
      this.ages = widened(new Int32Array(2 * index), this.ages);
      this.places = widened(new Int32Array(4 * index), this.places);
    }
    this.ages[index] = age;
    if (this.vectors[index] === vector) return;
    this.vectors[index] = vector;
    const from = this.room(index, vector.tokens.length);
    this.tokens.set(vector.tokens, from);
    this.weights.set(vector.weights, from);
  }

  /** Place of an item's tokens: where they were, as long as their number stands, else at the end. */
  private room(index: number, n: number): number {
    const { places } = this;
    const before = places[2 * index + 1] - places[2 * index];
    if (before !== n) {
      this.left += before;
      places[2 * index] = this.used;
      this.used += n;
      places[2 * index + 1] = this.used;
    }
    if (this.used > this.tokens.length) {
      this.tokens = widened(new Int32Array(2 * this.used), this.tokens);
      this.weights = widened(new Float64Array(2 * this.used), this.weights);
    }
    return places[2 * index];
  }

  clear(): void {
    this.vectors = [];
    this.used = 0;
    this.left = 0;
    this.places.fill(0);
    this.ages.fill(0);
  }
}

function widened<T extends Int32Array | Float64Array>(wide: T, narrow: T): T {
  wide.set(narrow);
  return wide;
}
