/**
 * Decisions are listed in the order of their lines, their final rewards lie in the order in which windows ended. Both
 * are nearly the same order, one a window behind the other, so they are read side by side: for a decision whose rewards
 * were not met yet, closings are read on until they come, until the log ends, or until its window must have ended by
 * the log's clock. What a killed process left may close much later: then the rest of the log is searched, a bounded
 * number of times.
 */
import type { DecisionId, TimeMs } from "../domain.ts";
import type { FinalRewards } from "./entry.ts";

export interface ClosingBatch {
  readonly closings: readonly { readonly decision: DecisionId; readonly rewards: FinalRewards }[];
  /** The latest time that the log's clock had shown by the end of the batch. */
  readonly time: TimeMs;
}

/** Closings from the place on where the listing's could first be; each call begins anew. */
export type OpenClosings = () => AsyncGenerator<ClosingBatch, void, undefined>;

export interface ClosingsOptions {
  /** Closings kept for decisions that are yet to come; default 100,000, about 40 MB. */
  readonly heldMax?: number;
  /** Searches of the whole rest of the log in one listing; default 100. */
  readonly searchesMax?: number;
}

/** The window of a policy that says nothing else, and how much later than its end a decision usually closes. */
const WINDOW_MS = 600_000;
const GRACE_MS = 60_000;
const OPEN: FinalRewards = { state: "open" };
const UNKNOWN: FinalRewards = { state: "unknown" };

export class Closings {
  private readonly open: OpenClosings;
  private readonly heldMax: number;
  private searchesLeft: number;
  private batches: AsyncGenerator<ClosingBatch, void, undefined> | undefined;
  private readonly held = new Map<DecisionId, FinalRewards>();
  private lost = false;
  private ended = false;
  private time = Number.NEGATIVE_INFINITY;
  /** The longest and the shortest time from a line to its closing that were met. */
  private windowMs = WINDOW_MS;
  private windowLeastMs: number | undefined;

  constructor(open: OpenClosings, { heldMax = 100_000, searchesMax = 100 }: ClosingsOptions = {}) {
    this.open = open;
    this.heldMax = heldMax;
    this.searchesLeft = searchesMax;
  }

  /** The final rewards of a decision whose line was written at `at`. Asked in the order of the lines. */
  async of(id: DecisionId, at: TimeMs): Promise<FinalRewards> {
    for (;;) {
      const found = this.held.get(id);
      if (found !== undefined) return this.met(id, { found, at });
      if (this.ended || this.time > at + this.windowMs + GRACE_MS) break;
      await this.readOn();
    }
    const isOver = this.time > at + this.windowMs + GRACE_MS;
    const isOpen = this.time < at + (this.windowLeastMs ?? 0) || (this.ended && !this.lost && !isOver);
    return isOpen ? OPEN : this.search(id, at);
  }

  /** A decision that the listing leaves out. */
  pass(id: DecisionId): void {
    this.held.delete(id);
  }

  async close(): Promise<void> {
    await this.batches?.return();
  }

  private met(id: DecisionId, { found, at }: { found: FinalRewards; at: TimeMs }): FinalRewards {
    this.held.delete(id);
    if (found.closedAt !== undefined) {
      this.windowMs = Math.max(this.windowMs, found.closedAt - at);
      this.windowLeastMs = Math.min(this.windowLeastMs ?? Number.POSITIVE_INFINITY, found.closedAt - at);
    }
    return found;
  }

  private async readOn(): Promise<void> {
    this.batches ??= this.open();
    const { value, done } = await this.batches.next();
    if (done === true || value === undefined) {
      this.ended = true;
      return;
    }
    this.time = Math.max(this.time, value.time);
    for (const { decision, rewards } of value.closings) this.held.set(decision, rewards);
    for (const oldest of this.held.keys()) {
      if (this.held.size <= this.heldMax) break;
      this.held.delete(oldest);
      this.lost = true;
    }
  }

  private async search(id: DecisionId, at: TimeMs): Promise<FinalRewards> {
    if (this.searchesLeft <= 0) return UNKNOWN;
    this.searchesLeft--;
    for await (const { closings } of this.open()) {
      const found = closings.find(({ decision }) => decision === id)?.rewards;
      if (found !== undefined) return this.met(id, { found, at });
    }
    // Its window should have ended, and no end of it is here: the joined log was trimmed, or a clock stands still.
    return this.time > at + this.windowMs + GRACE_MS ? UNKNOWN : OPEN;
  }
}
