/**
 * What of the product does not work while rankings go on, for people and probes: the log does not take lines; what was
 * decided is not joined, so features and models stand still; what was joined is not learned. Cost: a look at the clock.
 */
import type { Clock } from "../ports/clock.ts";

export interface Degraded {
  readonly part: "log" | "join" | "learn";
  readonly reason: string;
}

/** A write that failed is told for so long; under a full disk there is one a second at least. */
const FAILURE_TOLD_MS = 5_000;
/** Writers commit at least every second while a server writes heartbeats. */
const STILL_MS = 10_000;
/** A training is due every `retrainIntervalMs`; this many may be missed, and this long in any case. */
const TRAININGS_MISSED = 5;
const UNLEARNED_MS = 10_000;

export interface ConditionParts {
  /** Milliseconds since anything was joined, where there is something to join. */
  readonly joinStillMs: () => number | undefined;
  /** Milliseconds that learnable rows wait for a version. */
  readonly learnWaitMs: () => number;
  readonly retrainIntervalMs: number;
}

export class Condition {
  private readonly clock: Pick<Clock, "elapsed">;
  private readonly parts: ConditionParts;
  private failure: { readonly at: number; readonly problem: string } | undefined;

  constructor(clock: Pick<Clock, "elapsed">, parts: ConditionParts) {
    this.clock = clock;
    this.parts = parts;
  }

  /** The write-ahead log refused a line. */
  logFailed(error: unknown): void {
    this.failure = { at: this.clock.elapsed(), problem: problemOf(error) };
  }

  /** Whether it refused a line just now. */
  get isLogFailing(): boolean {
    return this.failure !== undefined && this.clock.elapsed() - this.failure.at < FAILURE_TOLD_MS;
  }

  /** Nothing where all works. */
  degraded(): readonly Degraded[] {
    const found: Degraded[] = [];
    if (this.isLogFailing) found.push({ part: "log", reason: `lines are refused: ${this.failure?.problem}` });
    const still = this.parts.joinStillMs();
    if (still !== undefined && still > STILL_MS) {
      const seconds = Math.round(still / 1000);
      found.push({ part: "join", reason: `nothing was joined for ${seconds} s: features and models stand still` });
    }
    const unlearned = this.parts.learnWaitMs();
    if (unlearned > Math.max(UNLEARNED_MS, TRAININGS_MISSED * this.parts.retrainIntervalMs)) {
      const seconds = Math.round(unlearned / 1000);
      found.push({ part: "learn", reason: `rows wait for a new version for ${seconds} s: see workers and Redis` });
    }
    return found;
  }
}

/** The system's code, which names no path: anybody may ask for it. */
function problemOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : "the write failed";
}
