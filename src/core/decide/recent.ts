/**
 * A bounded memory of what was set last, in two generations: when the young one is half of the bound, it becomes the
 * old one and the old one goes. Setting and getting are plain lookups; taking the oldest entry out of one Map at each
 * setting would cost a walk over the holes it leaves.
 */
export class Recent<Value> {
  private readonly max: number;
  private young = new Map<string, Value>();
  private old = new Map<string, Value>();

  /** Holds the latest max/2 entries at least and max at most. */
  constructor(max: number) {
    this.max = max;
  }

  get(key: string): Value | undefined {
    return this.young.get(key) ?? this.old.get(key);
  }

  set(key: string, value: Value): void {
    this.young.set(key, value);
    if (this.young.size * 2 < this.max) return;
    this.old = this.young;
    this.young = new Map();
  }

  /** Entries held; one set in both generations counts twice. */
  get size(): number {
    return this.young.size + this.old.size;
  }
}
