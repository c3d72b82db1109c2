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
  pins.forEach(({ itemIndex, position }, index) => {
    const refuse = (expected: string, came: string): never => {
      throw new BrigandError("CB_PINS_INVALID", { index, expected, came });
    };
    if (!(Number.isInteger(position) && position >= 1 && position <= size.slots)) {
      refuse(`name a position from 1 to ${size.slots}`, `position ${position}`);
    }
    if (!(Number.isInteger(itemIndex) && itemIndex >= 0 && itemIndex < size.n)) {
      refuse(`name one of the ${size.n} eligible items`, `index ${itemIndex}`);
    }
    if (pinned[position - 1] >= 0) refuse("name a position of its own", `position ${position} twice`);
    if (pinned.includes(itemIndex)) refuse("name an item of its own", `index ${itemIndex} twice`);
    pinned[position - 1] = itemIndex;
  });
  return pinned;
}
