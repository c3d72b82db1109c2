/** What one stretch of time holds: tallies by variant, versions met, and what became of rewards. */
import { emptyTally, mergeTally, type Tally } from "./tally.ts";

export interface Stretch {
  readonly variants: Map<string, Tally>;
  /** Versions that served here, and how often another one began to; 0 is the seed. */
  versionLeast: number;
  versionMost: number;
  swaps: number;
  /** Growth of the join's counters, by log time. */
  readonly counts: { [name: string]: number };
}

/** Variants told apart; further ones share one tally. */
export const VARIANTS_TOLD_MAX = 24;
export const OTHER = "(others)";

export function emptyStretch(): Stretch {
  return { variants: new Map(), versionLeast: Number.POSITIVE_INFINITY, versionMost: -1, swaps: 0, counts: {} };
}

export function tallyOf(stretch: Stretch, variant: string): Tally {
  const name = stretch.variants.has(variant) || stretch.variants.size < VARIANTS_TOLD_MAX ? variant : OTHER;
  const known = stretch.variants.get(name);
  if (known !== undefined) return known;
  const made = emptyTally();
  stretch.variants.set(name, made);
  return made;
}

/** Adds `other` to `to`. */
export function mergeStretch(to: Stretch, other: Stretch): void {
  for (const [variant, tally] of other.variants) mergeTally(tallyOf(to, variant), tally);
  to.versionLeast = Math.min(to.versionLeast, other.versionLeast);
  to.versionMost = Math.max(to.versionMost, other.versionMost);
  to.swaps += other.swaps;
  for (const [name, n] of Object.entries(other.counts)) to.counts[name] = (to.counts[name] ?? 0) + n;
}

/** All variants of a stretch together. */
export function totalOf(stretch: Stretch): Tally {
  const total = emptyTally();
  for (const tally of stretch.variants.values()) mergeTally(total, tally);
  return total;
}
