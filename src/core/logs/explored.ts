/**
 * Whether a list was explored. A slot was explored when an item that was still to be had (not shown above it, not
 * pinned) has a higher score than the one shown; a pinned slot never was. A list was explored when one of its slots
 * was, that is, when it is not a list of the highest scores in order. Equal scores are no exploration, and what
 * uncertainty added to a score does not count: an upper bound that wins over a higher score explores.
 */
import type { DecisionRecord } from "../log/records.ts";

export interface Explored {
  readonly list: boolean;
  readonly slots: readonly boolean[];
}

type Line = Pick<DecisionRecord, "served" | "items" | "slots" | "pins" | "score">;

/** Undefined where the model did not choose: nobody explored then. Cost: O(n log n). */
export function exploredOf({ served, items, slots, pins, score }: Line): Explored | undefined {
  if (served !== "model") return undefined;
  const taken = new Uint8Array(items.length);
  const pinned = new Uint8Array(slots.length + 1);
  for (const { itemIndex, position } of pins ?? []) {
    taken[itemIndex] = 1;
    pinned[position] = 1;
  }
  const best = Uint32Array.from({ length: items.length }, (_, i) => i).sort((a, b) => score[b] - score[a]);
  let first = 0;
  const explored = slots.map((itemIndex, slot) => {
    if (pinned[slot + 1] === 1) return false;
    while (first < best.length && taken[best[first]] === 1) first++;
    taken[itemIndex] = 1;
    return score[itemIndex] < score[best[first]];
  });
  return { list: explored.includes(true), slots: explored };
}
