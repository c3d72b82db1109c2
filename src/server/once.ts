/**
 * Decided once: a decisionId that the caller chose gets one decision, whatever is sent again or at the same time, to
 * whichever server process of this machine. Between machines the writer keeps the first line by position.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { BrigandError } from "../core/errors.ts";
import type { DecisionRecord } from "../core/log/records.ts";
import type { Clock } from "../ports/clock.ts";
import type { Claimed, DecisionClaims, DecisionIndex, DecisionPlace } from "../ports/decisions.ts";
import { type Deadlines, PASSED } from "./deadlines.ts";
import type { Decided } from "./decide.ts";
import type { Lookup } from "./lookup.ts";

export interface OnceParts {
  readonly index: DecisionIndex;
  readonly claims: DecisionClaims;
  readonly lookup: Lookup;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
}

export interface Claim {
  readonly id: string;
  /** SHA-256 of the body. */
  readonly bodyHash: string;
  readonly deadline: number;
  /** Where the decision's line will stand, or come after. */
  readonly place: DecisionPlace;
}

/** The line of an id: `own` when this process decided it just now. */
interface Line {
  readonly record: DecisionRecord;
  readonly own?: Decided;
}

/** Longer than any deadline: a claim without a line is then nobody's. */
const CLAIM_STANDS_MS = 90_000;
const LOOK_AGAIN_MS = 2;

export class Once {
  private readonly parts: OnceParts;
  /** Decisions under way, until their lines can be read back. */
  private readonly underWay = new Map<string, Promise<Line>>();

  constructor(parts: OnceParts) {
    this.parts = parts;
  }

  /**
   * The line of this id: `own` when it was decided by this call, else the one that is stored.
   * @throws CB_DECISION_CONFLICT for another body, CB_INDEX_LOADING, CB_DECISION_UNDER_WAY, and what `decide` throws
   */
  async decide(claim: Claim, decide: () => Promise<Decided>): Promise<Line> {
    for (;;) {
      const first = this.underWay.get(claim.id);
      if (first !== undefined) {
        const decided = await first.catch(() => undefined);
        // Its line may still be refused: who asked second waits for it as well.
        if (decided !== undefined) return { ...decided, record: sameBody(decided.record, claim) };
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

  private async claim(claim: Claim, decide: () => Promise<Decided>): Promise<Line> {
    const deciding = this.unlessTheirs(claim, decide);
    this.underWay.set(claim.id, deciding);
    const forget = () => this.underWay.delete(claim.id);
    try {
      const line = await deciding;
      if (line.own === undefined) forget();
      else line.own.durable.then(forget, () => void (line.own?.kept ?? Promise.resolve()).finally(forget));
      return { record: sameBody(line.record, claim), own: line.own };
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** Decides, unless another process does or did. A claim that comes to nothing is taken back. */
  private async unlessTheirs(claim: Claim, decide: () => Promise<Decided>): Promise<Line> {
    const { claims } = this.parts;
    const earlier = claims.claim(claim.id, claim.place);
    try {
      for (const claimed of earlier) {
        const record = await this.theirs(claimed, claim);
        if (record === undefined) continue;
        claims.release(claim.id, claim.place);
        return { record };
      }
      const own = await decide();
      return { record: own.record, own };
    } catch (error) {
      claims.release(claim.id, claim.place);
      throw error;
    }
  }

  /** The line that follows another process' claim, or undefined when none will. */
  private async theirs(claimed: Claimed, { id, deadline }: Claim): Promise<DecisionRecord | undefined> {
    const { claims, lookup, clock } = this.parts;
    for (;;) {
      const now = clock.now();
      // Asked before the line is looked for: what is gone by then writes nothing any more.
      const gone = now - claimed.at > CLAIM_STANDS_MS || claims.isGone(claimed);
      const record = await lookup.readAfter(claimed, id);
      if (record !== undefined) return record;
      if (gone || !claims.find(id, now).some((other) => isSame(other, claimed))) return undefined;
      if (clock.elapsed() >= deadline) throw new BrigandError("CB_DECISION_UNDER_WAY");
      await sleep(LOOK_AGAIN_MS);
    }
  }

  private async untilIndexed(deadline: number): Promise<void> {
    const passed = await this.parts.deadlines.race(this.parts.index.ready, deadline);
    if (passed === PASSED) throw new BrigandError("CB_INDEX_LOADING");
  }
}

function isSame(a: DecisionPlace, b: DecisionPlace): boolean {
  return a.stream === b.stream && a.position === b.position && a.policy === b.policy;
}

function sameBody(record: DecisionRecord, claim: Claim): DecisionRecord {
  if (record.bodyHash !== claim.bodyHash) throw new BrigandError("CB_DECISION_CONFLICT");
  return record;
}
