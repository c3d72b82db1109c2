import { BrigandError } from "../errors.ts";

/** An item fixed to a place in the list. */
export interface Pin {
  readonly itemIndex: number;
  /** 1-based, as in the API: position 1 is the first slot. */
  readonly position: number;
}

/**
 * The pinned item of each slot, −1 where none.
 * @param size n eligible items; slots drawn, ≤ n.
 * @throws CB_PINS_INVALID when an item or a position does not exist or occurs twice.
 */
export function pinnedItems(
  pins: readonly Pin[] | undefined,
  size: { readonly n: number; readonly slots: number },
): Int32Array {
  const pinned = new Int32Array(size.slots).fill(-1);
  if (pins === undefined) return pinned;
  for (const { itemIndex, position } of pins) {
    if (!(Number.isInteger(position) && position >= 1 && position <= size.slots)) {
      throw invalid(`position must be from 1 to ${size.slots}, got ${position}`);
    }
    if (!(Number.isInteger(itemIndex) && itemIndex >= 0 && itemIndex < size.n)) {
      throw invalid(`the pinned item must be one of the ${size.n} eligible ones, got index ${itemIndex}`);
    }
    if (pinned[position - 1] >= 0) throw invalid(`position ${position} is pinned twice`);
    if (pinned.includes(itemIndex)) throw invalid(`the item at index ${itemIndex} is pinned twice`);
    pinned[position - 1] = itemIndex;
  }
  return pinned;
}

function invalid(message: string): BrigandError {
  return new BrigandError("CB_PINS_INVALID", message, "Pin each eligible item at most once, to one of the slots asked for.");
}
