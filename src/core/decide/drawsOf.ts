/** The draw of each slot as a person can follow it: the uniform number, and the stretch of [0, 1) that was the item's. */

import type { DecisionRecord } from "../log/records.ts";
import { uniformOf } from "../math/random.ts";

export interface SlotDraw {
  readonly uniform: number;
  /** The item was drawn by a number in [from, to); `to` − `from` is its propensity. */
  readonly from: number;
  readonly to: number;
}

const SEED = /^[0-9a-f]{64}$/i;

/** Undefined for a slot without a draw: pinned, not the model's, or of an explorer that draws otherwise. */
export function drawsOf(record: DecisionRecord, pmf: readonly ArrayLike<number>[]): (SlotDraw | undefined)[] {
  const { served, slots, pins = [], seed, noise } = record;
  if (served !== "model" || noise !== undefined || !SEED.test(seed)) return slots.map(() => undefined);
  const uniform = uniformOf(seed);
  return slots.map((itemIndex, slot) => {
    if (pins.some(({ position }) => position === slot + 1)) return undefined;
    let from = 0;
    for (let i = 0; i < itemIndex; i++) from += pmf[slot][i];
    return { uniform: uniform(), from, to: from + pmf[slot][itemIndex] };
  });
}
