/**
 * From a decision's id to its line, without a store: server-made ids name the place, callers' ids are indexed, and
 * those that other processes of this machine decide are found behind their claims.
 */
import { type Locator, locate } from "../core/decide/decisionId.ts";
import { Recent } from "../core/decide/recent.ts";
import type { DecisionId, ItemId, TimeMs } from "../core/domain.ts";
import { decodeRecord } from "../core/log/codec.ts";
import type { Frame } from "../core/log/frame.ts";
import { type DecisionRecord, RecordKind } from "../core/log/records.ts";
import type { DecisionClaims, DecisionIndex, DecisionPlace, FrameReader } from "../ports/decisions.ts";

/** What a reward needs to know of a decision. */
export interface Shown {
  readonly policy: string;
  readonly items: readonly ItemId[];
}

export interface LookupOptions {
  readonly index: DecisionIndex;
  readonly claims: DecisionClaims;
  readonly frames: FrameReader;
  /** Whether a policy of that name exists: ids that name others are not places. */
  readonly exists: (policy: string) => boolean;
  /** Decisions remembered at most; about 200 bytes each beside their ids. */
  readonly shownMax: number;
}

export class Lookup {
  private readonly options: LookupOptions;
  private readonly recent: Recent<Shown>;

  constructor(options: LookupOptions) {
    this.options = options;
    this.recent = new Recent(options.shownMax);
  }

  /** Remembers what a decision showed. */
  note(id: DecisionId, shown: Shown): void {
    this.recent.set(id, shown);
  }

  /** Where the line should stand, if anything is known about it. */
  place(id: DecisionId, now: TimeMs): DecisionPlace | undefined {
    const indexed = this.options.index.get(id, now);
    if (indexed !== undefined) return indexed;
    const named: Locator | undefined = locate(id);
    return named !== undefined && this.options.exists(named.policy) ? named : undefined;
  }

  /** The decision's line, or undefined when it is not (or no longer) in this installation's log. */
  async read(id: DecisionId, now: TimeMs): Promise<DecisionRecord | undefined> {
    const place = this.place(id, now);
    if (place !== undefined) return decisionIn(await this.options.frames.at(place), id);
    for (const claimed of this.options.claims.find(id, now)) {
      const record = await this.readAfter(claimed, id);
      if (record !== undefined) return record;
    }
    return undefined;
  }

  /** The line of an id that another process of this machine claimed, once it stands there. */
  async readAfter(claimed: DecisionPlace, id: DecisionId): Promise<DecisionRecord | undefined> {
    const frame = await this.options.frames.after(claimed, id);
    const record = decisionIn(frame, id);
    if (frame !== undefined && record !== undefined) {
      const { policy, stream } = claimed;
      this.options.index.put(id, { policy, stream, position: frame.position }, frame.time);
    }
    return record;
  }

  /** What the decision showed: from memory, else from its line. */
  async shown(id: DecisionId, now: TimeMs): Promise<Shown | undefined> {
    const known = this.recent.get(id);
    if (known !== undefined) return known;
    const record = await this.read(id, now);
    if (record === undefined) return undefined;
    const shown = { policy: record.policy, items: record.slots.map((itemIndex) => record.items[itemIndex]) };
    this.note(id, shown);
    return shown;
  }

  get size(): number {
    return this.recent.size;
  }
}

function decisionIn(frame: Frame | undefined, id: DecisionId): DecisionRecord | undefined {
  if (frame === undefined || frame.kind !== RecordKind.decision) return undefined;
  const record = decodeRecord(frame);
  return record.kind === RecordKind.decision && record.id === id ? record : undefined;
}
