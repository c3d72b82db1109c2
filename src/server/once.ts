/**
 * Decided once: a decisionId that the caller chose gets one decision, whatever is sent again or at the same time.
 * The claim is this process' own; between processes the writer keeps the first line by position.
 */
import { BrigandError } from "../core/errors.ts";
import type { DecisionRecord } from "../core/log/records.ts";
import type { Clock } from "../ports/clock.ts";
import type { DecisionIndex } from "../ports/decisions.ts";
import { type Deadlines, PASSED } from "./deadlines.ts";
import type { Decided } from "./decide.ts";
import type { Lookup } from "./lookup.ts";

export interface OnceParts {
  readonly index: DecisionIndex;
  readonly lookup: Lookup;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
}

export interface Claim {
  readonly id: string;
  /** SHA-256 of the body. */
  readonly bodyHash: string;
  readonly deadline: number;
}

export class Once {
  private readonly parts: OnceParts;
  /** Decisions under way, until their lines can be read back. */
  private readonly underWay = new Map<string, Promise<Decided>>();

  constructor(parts: OnceParts) {
    this.parts = parts;
  }

  /**
   * The line of this id: `own` when it was decided by this call, else the one that is stored.
   * @throws CB_DECISION_CONFLICT for another body, CB_INDEX_LOADING, and what `decide` throws
   */
  async decide(claim: Claim, decide: () => Promise<Decided>): Promise<{ record: DecisionRecord; own?: Decided }> {
    for (;;) {
      const first = this.underWay.get(claim.id);
      if (first !== undefined) {
        const decided = await first.catch(() => undefined);
        if (decided !== undefined) return { record: sameBody(decided.record, claim) };
        continue;
      }
      if (!this.parts.index.complete) {
        await this.untilIndexed(claim.deadline);
        continue;
      }
      const now = this.parts.clock.now();
      if (this.parts.index.get(claim.id, now) === undefined) return this.claim(claim, decide);
      const stored = await this.parts.lookup.read(claim.id, now);
      if (stored !== undefined) return { record: sameBody(stored, claim) };
      if (!this.underWay.has(claim.id)) return this.claim(claim, decide);
    }
  }

  get size(): number {
    return this.underWay.size;
  }

  private async claim(claim: Claim, decide: () => Promise<Decided>): Promise<{ record: DecisionRecord; own: Decided }> {
    const deciding = decide();
    this.underWay.set(claim.id, deciding);
    const forget = () => this.underWay.delete(claim.id);
    try {
      const own = await deciding;
      own.durable.then(forget, forget);
      return { record: own.record, own };
    } catch (error) {
      forget();
      throw error;
    }
  }

  private async untilIndexed(deadline: number): Promise<void> {
    const passed = await this.parts.deadlines.race(this.parts.index.ready, deadline);
    if (passed === PASSED) throw new BrigandError("CB_INDEX_LOADING");
  }
}

function sameBody(record: DecisionRecord, claim: Claim): DecisionRecord {
  if (record.bodyHash !== claim.bodyHash) throw new BrigandError("CB_DECISION_CONFLICT");
  return record;
}
