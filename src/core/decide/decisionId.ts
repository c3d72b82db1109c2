/**
 * Ids that the server makes say where their line stands, so that no memory is needed to find it:
 *
 *   <policy>.<stream>.<position>.<random>      home.s1-lx3k2.2f0.9f86d081884c7d65
 *
 * `position` is the byte offset of the frame in base 36, `random` 16 hex digits: ids cannot be guessed, and none
 * comes twice when a data folder is made anew. Callers' ids have any form; what looks like a locator and names no
 * line is simply unknown.
 */
import type { DecisionId, Position } from "../domain.ts";

export interface Locator {
  readonly policy: string;
  readonly stream: string;
  readonly position: Position;
}

export function decisionIdOf(place: Locator, random: string): DecisionId {
  return `${place.policy}.${place.stream}.${place.position.toString(36)}.${random}`;
}

const FORM = /^([a-z0-9][a-z0-9_-]{0,63})\.([A-Za-z0-9][A-Za-z0-9_-]{0,127})\.([0-9a-z]{1,11})\.[0-9a-f]{16}$/;

/** The place an id names, or undefined for ids of another form. */
export function locate(id: DecisionId): Locator | undefined {
  const match = FORM.exec(id);
  if (match === null) return undefined;
  const position = Number.parseInt(match[3], 36);
  return Number.isSafeInteger(position) ? { policy: match[1], stream: match[2], position } : undefined;
}
