/** What deciding needs of the impure world, beside `src/ports/`. Fakes in tests, adapters in composition roots. */
import type { DecisionId, PolicyName, Position, TimeMs } from "../domain.ts";
import type { PolicySettings } from "../settings/policy.ts";

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): TimeMs;
  /** Milliseconds of a clock that only grows, with fractions. */
  elapsed(): number;
}

/** What owners wrote about their policies; everything not written is a default. */
export interface PolicyStore {
  list(): readonly PolicyName[];
  /** As written, or undefined for a policy that does not exist. Cost: a lookup. */
  get(name: PolicyName): Partial<PolicySettings> | undefined;
  /** Replaces; resolves when it would survive a crash. */
  put(name: PolicyName, given: Partial<PolicySettings>): Promise<void>;
}

/** Where the line of a decision stands. */
export interface DecisionPlace {
  readonly policy: PolicyName;
  readonly stream: string;
  readonly position: Position;
}

/** Callers' decision ids → places, bounded in count and age; what is older is forgotten, never wrong. */
export interface DecisionIndex {
  /** Resolves when the ids of earlier processes' lines are in. */
  readonly ready: Promise<void>;
  get(id: DecisionId): DecisionPlace | undefined;
  put(id: DecisionId, place: DecisionPlace, at: TimeMs): void;
  readonly size: number;
}
