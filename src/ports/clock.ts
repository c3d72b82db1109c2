/** Time from outside. */
import type { TimeMs } from "../core/domain.ts";

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): TimeMs;
  /** Milliseconds of a clock that only grows, with fractions. */
  elapsed(): number;
}
