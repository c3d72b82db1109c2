/**
 * What one user was shown and did, newest last, at most `MEMORY_ROWS` rows of each user. A positive enters at once,
 * a passed-over row when its decision settles; a positive after "passed over" replaces that row.
 */
import type { DecisionId } from "../domain.ts";

export const MEMORY_ROWS = 96;

export interface Observation {
  /** Index of the item in the policy's table. */
  readonly item: number;
  readonly reward: number;
  /** The item's smoothed rate when the row entered. */
  readonly expected: number;
}

export class UserMemory {
  n = 0;
  item = new Int32Array(8);
  reward = new Float32Array(8);
  expected = new Float32Array(8);
  /** Grows with every change: what is worked out from the memory stands while it stands. */
  changes = 0;
  private decision = new Int32Array(8);

  save() {
    const { n, item, reward, expected, decision } = this;
    return { n, item, reward, expected, decision };
  }

  static load(saved: ReturnType<UserMemory["save"]>): UserMemory {
    return Object.assign(new UserMemory(), saved);
  }

  /** A reward for a shown row. */
  observe(decision: DecisionId, row: Observation): void {
    this.changes++;
    const at = this.find(hash(decision), row.item);
    if (at >= 0) this.reward[at] = row.reward;
    else this.push(hash(decision), row);
  }

  /** A settled row; kept as it is if a positive of the same decision entered before. */
  pass(decision: DecisionId, row: Observation): void {
    if (this.find(hash(decision), row.item) >= 0) return;
    this.changes++;
    this.push(hash(decision), row);
  }

  /** The row was not seen after all. */
  forget(decision: DecisionId, item: number): void {
    const at = this.find(hash(decision), item);
    if (at < 0) return;
    this.changes++;
    for (const column of [this.item, this.reward, this.expected, this.decision]) column.copyWithin(at, at + 1, this.n);
    this.n--;
  }

  private find(decision: number, item: number): number {
    for (let i = this.n - 1; i >= 0; i--) if (this.item[i] === item && this.decision[i] === decision) return i;
    return -1;
  }

  private push(decision: number, row: Observation): void {
    if (this.n === MEMORY_ROWS) {
      for (const column of [this.item, this.reward, this.expected, this.decision]) column.copyWithin(0, 1, this.n);
      this.n--;
    } else if (this.n === this.item.length) this.grow();
    this.item[this.n] = row.item;
    this.reward[this.n] = row.reward;
    this.expected[this.n] = row.expected;
    this.decision[this.n++] = decision;
  }

  private grow(): void {
    const length = Math.min(MEMORY_ROWS, this.item.length * 2);
    this.item = widen(new Int32Array(length), this.item);
    this.decision = widen(new Int32Array(length), this.decision);
    this.reward = widen(new Float32Array(length), this.reward);
    this.expected = widen(new Float32Array(length), this.expected);
  }
}

function widen<T extends Int32Array | Float32Array>(wide: T, narrow: T): T {
  wide.set(narrow);
  return wide;
}

/** The id hashed last: the rows of one decision come one after another. */
let hashed: { readonly text: string; readonly value: number } = { text: "", value: 0 };

/** 32-bit FNV-1a of the id: tells a user's own decisions apart, nothing more. */
function hash(decision: DecisionId): number {
  if (hashed.text === decision) return hashed.value;
  let value = 0x811c9dc5;
  for (let i = 0; i < decision.length; i++) value = Math.imul(value ^ decision.charCodeAt(i), 0x01000193);
  hashed = { text: decision, value: value | 0 };
  return hashed.value;
}
