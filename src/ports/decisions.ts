/** Where the lines of decisions stand. */
import type { DecisionId, PolicyName, Position, TimeMs } from "../core/domain.ts";
import type { Frame } from "../core/log/frame.ts";

export interface DecisionPlace {
  readonly policy: PolicyName;
  readonly stream: string;
  readonly position: Position;
}

/** Callers' decision ids → places, bounded in count and age; what is older is forgotten, never wrong. */
export interface DecisionIndex {
  /** Resolves when the ids of earlier processes' lines are in; never rejects. */
  readonly ready: Promise<void>;
  /** Whether `ready` has resolved. */
  readonly complete: boolean;
  get(id: DecisionId, now: TimeMs): DecisionPlace | undefined;
  put(id: DecisionId, place: DecisionPlace, at: TimeMs): void;
  readonly size: number;
}

/** Reads single frames back. */
export interface FrameReader {
  /** The frame that starts there, or undefined where none does (any more). */
  at(place: DecisionPlace): Promise<Frame | undefined>;
}
