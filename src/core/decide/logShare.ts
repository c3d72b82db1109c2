/**
 * Which decisions log all candidates' features: all, until the log would grow faster than its budget; then a share,
 * recorded in each line as `passProbability` (the probability with which this line was to be full).
 */
import type { TimeMs } from "../domain.ts";

/** Lines are never all thin: reports that weight by 1/passProbability need it positive. */
export const SHARE_MIN = 0.001;
const WINDOW_MS = 1000;

/** A mutable meter of one policy or process: `share` is current, `count` feeds it, `adapt` moves it. */
export class LogShare {
  share: number;
  private readonly target: { readonly fullLogShare: number; readonly bytesPerSecondMax: number };
  private since: TimeMs;
  private thinBytes = 0;
  private matrixBytes = 0;

  /** @param target share wanted (0 … 1) and the budget in bytes a second. @param now start of the first window. */
  constructor(target: { readonly fullLogShare: number; readonly bytesPerSecondMax: number }, now: TimeMs) {
    this.target = target;
    this.share = target.fullLogShare;
    this.since = now;
  }

  /** A line was written: bytes without the matrix of all candidates, and the bytes that matrix has (logged or not). */
  count(bytes: { thin: number; matrix: number }): void {
    this.thinBytes += bytes.thin;
    this.matrixBytes += bytes.matrix;
  }

  /**
   * Once a window (1 s) sets the share that would have met the budget in it; within a window that has passed the
   * budget already, the smallest. Called before each decision; cost: one comparison mostly.
   */
  adapt(now: TimeMs): void {
    const elapsed = now - this.since;
    if (elapsed >= WINDOW_MS) {
      const allowed = (this.target.bytesPerSecondMax * elapsed) / 1000 - this.thinBytes;
      this.share = this.bounded(this.matrixBytes === 0 ? 1 : allowed / this.matrixBytes);
      this.since = now;
      this.thinBytes = 0;
      this.matrixBytes = 0;
    } else if (this.thinBytes + this.matrixBytes * this.share > this.target.bytesPerSecondMax) {
      this.share = this.bounded(0);
    }
  }

  private bounded(share: number): number {
    return Math.min(this.target.fullLogShare, Math.max(SHARE_MIN, share));
  }
}

/**
 * The uniform of the pass draw, in [0, 1): 52 bits of the seed's last word, which no slot's uniform shows as it is.
 * @param seed 64 hex digits.
 */
export function passUniform(seed: string): number {
  return Number.parseInt(seed.slice(48, 61), 16) * 2 ** -52;
}
