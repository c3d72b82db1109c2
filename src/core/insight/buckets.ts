/**
 * Time in stretches of equal width, at most `max` of them. `last` keeps the newest and forgets; `all` keeps everything
 * and doubles the width (merging neighbours) when the stretches become too many.
 */
import type { TimeMs } from "../domain.ts";

export interface BucketsOptions<T> {
  readonly keep: "last" | "all";
  readonly widthMs: number;
  readonly max: number;
  readonly empty: () => T;
  /** Adds `other` to `to`. */
  readonly merge: (to: T, other: T) => void;
}

export interface Bucket<T> {
  readonly from: TimeMs;
  readonly value: T;
}

export class Buckets<T> {
  widthMs: number;
  private readonly options: BucketsOptions<T>;
  private byIndex = new Map<number, T>();
  private least = Number.POSITIVE_INFINITY;
  private most = Number.NEGATIVE_INFINITY;

  constructor(options: BucketsOptions<T>) {
    this.options = options;
    this.widthMs = options.widthMs;
  }

  /** The stretch that holds `at`, made where it is missing; undefined where it is older than all that is kept. */
  at(at: TimeMs): T | undefined {
    const { max, keep, empty } = this.options;
    let index = Math.floor(at / this.widthMs);
    const known = this.byIndex.get(index);
    if (known !== undefined) return known;
    if (keep === "last") {
      if (index <= this.most - max) return undefined;
      this.forget(index - max);
    } else {
      while (Math.max(this.most, index) - Math.min(this.least, index) >= max) {
        this.double();
        index = Math.floor(at / this.widthMs);
      }
    }
    this.least = Math.min(this.least, index);
    this.most = Math.max(this.most, index);
    const found = this.byIndex.get(index) ?? empty();
    this.byIndex.set(index, found);
    return found;
  }

  /** The stretch that holds `at`, where there is one. */
  find(at: TimeMs): T | undefined {
    return this.byIndex.get(Math.floor(at / this.widthMs));
  }

  /** In the order of time; stretches in which nothing happened are left out. */
  list(): Bucket<T>[] {
    const found = [...this.byIndex].sort(([a], [b]) => a - b);
    return found.map(([index, value]) => ({ from: index * this.widthMs, value }));
  }

  private forget(upTo: number): void {
    for (const index of this.byIndex.keys()) if (index <= upTo) this.byIndex.delete(index);
  }

  private double(): void {
    this.widthMs *= 2;
    const merged = new Map<number, T>();
    for (const [index, value] of this.byIndex) {
      const half = Math.floor(index / 2);
      const known = merged.get(half);
      if (known === undefined) merged.set(half, value);
      else this.options.merge(known, value);
    }
    this.byIndex = merged;
    this.least = Math.floor(this.least / 2);
    this.most = Math.floor(this.most / 2);
  }
}
