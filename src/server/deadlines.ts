/**
 * Many deadlines, one timer. Most waits end long before theirs, so a timer each would be made and thrown away a
 * thousand times a second; instead all that wait are looked at every 2 ms, and nothing ticks while nobody waits.
 */

export const PASSED: unique symbol = Symbol("the deadline passed");

const TICK_MS = 2;

interface Waiting {
  readonly at: number;
  done: boolean;
  readonly pass: () => void;
}

export class Deadlines {
  private waiting: Waiting[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly elapsed: () => number;

  /** @param elapsed milliseconds of a clock that only grows. */
  constructor(elapsed: () => number) {
    this.elapsed = elapsed;
  }

  /** What `work` gives, or PASSED once `elapsed()` has come within a tick of `at`. Rejects as `work` does. */
  race<T>(work: Promise<T>, at: number): Promise<T | typeof PASSED> {
    return new Promise((resolve, reject) => {
      const entry: Waiting = { at: at - TICK_MS, done: false, pass: () => resolve(PASSED) };
      this.waiting.push(entry);
      if (this.timer === undefined) this.arm();
      work.then(
        (value) => {
          entry.done = true;
          resolve(value);
        },
        (error: unknown) => {
          entry.done = true;
          reject(error);
        },
      );
    });
  }

  private arm(): void {
    this.timer = setTimeout(() => this.look(), TICK_MS);
  }

  private look(): void {
    const now = this.elapsed();
    const still: Waiting[] = [];
    for (const entry of this.waiting) {
      if (entry.done) continue;
      if (now >= entry.at) entry.pass();
      else still.push(entry);
    }
    this.waiting = still;
    this.timer = undefined;
    if (still.length > 0) this.arm();
  }
}
