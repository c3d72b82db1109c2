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
  /** The first place of an id counts. */
  put(id: DecisionId, place: DecisionPlace, at: TimeMs): void;
  /** The line of this place was refused; nothing where the id has another one. */
  forget(id: DecisionId, place: DecisionPlace): void;
  readonly size: number;
}

/** Reads single frames back. */
export interface FrameReader {
  /** The frame that starts there, or undefined where none does (any more). */
  at(place: DecisionPlace): Promise<Frame | undefined>;
  /** The decision of this id that starts there or within the next 8 MiB, or undefined while none does. */
  after(place: DecisionPlace, id: DecisionId): Promise<Frame | undefined>;
}

export interface Claimed extends DecisionPlace {
  readonly at: TimeMs;
}

/**
 * Which server process of this machine decides an id that a caller chose: whose claim stands first. A claim names a
 * place in the claimer's stream that the decision's line will not come before.
 */
export interface DecisionClaims {
  /** Claims the id for this process. @returns claims of others that stand before it, oldest first */
  claim(id: DecisionId, place: DecisionPlace): readonly Claimed[];
  /** Claims of other processes that stand now. */
  find(id: DecisionId, now: TimeMs): readonly Claimed[];
  /** No line will follow this claim. */
  release(id: DecisionId, place: DecisionPlace): void;
  /** Whether the process that claimed is gone: what it has not written will not come. */
  isGone(place: DecisionPlace): boolean;
}
