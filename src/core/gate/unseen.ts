/** From when on a version cannot have learned from decisions: what it learned from must not judge it. */
import type { TimeMs } from "../domain.ts";
import type { Manifest } from "../model/manifest.ts";

/**
 * What its maker says (`learnedThrough`); of versions learned from this log the time at which they were made. Undefined:
 * nobody knows.
 */
export function unseenFrom({
  version,
  learnedThrough,
  pushed,
  created,
}: Pick<Manifest, "version" | "learnedThrough" | "pushed" | "created">): TimeMs | undefined {
  if (version === 0) return 0;
  if (learnedThrough !== undefined) return Date.parse(learnedThrough);
  return pushed === true ? undefined : Date.parse(created);
}
