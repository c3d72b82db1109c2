/**
 * Who may be shown, and where: exclusions, eligibility and pins, all before the draw. This is the one hook for every
 * rule of that kind: frequency caps, expiry and diversity come in as `eligible`.
 */
import type { Item, ItemId } from "../domain.ts";
import { BrigandError } from "../errors.ts";
import type { Pin } from "../explore/pins.ts";
import { ITEMS_MAX, type RankRequest, type RequestPin } from "./rankRequest.ts";

export const SLOTS_DEFAULT = 10;

export interface Candidates {
  /** Eligible items in request order; the caller's own array when all are. */
  readonly items: readonly Item[];
  readonly ids: readonly ItemId[];
  /** Each one's place in the caller's list, 0-based; at least n numbers. */
  readonly inputPosition: ArrayLike<number>;
  /** Whether `inputPosition` is 0, 1, 2 … */
  readonly whole: boolean;
  /** Items in the answer, 1 … n. */
  readonly slots: number;
  readonly pins?: readonly Pin[];
  /** itemIndex of the caller's baseline. */
  readonly baseline?: number;
}

export type Eligible = (item: Item) => boolean;

const PLACES = Int32Array.from({ length: ITEMS_MAX }, (_, i) => i);

/**
 * @param policy its `slots` count when the request names none.
 * @param known the ids of all items of the request, where they are there already.
 * @throws CB_ITEMS_NONE_ELIGIBLE, CB_BASELINE_UNKNOWN, CB_PINS_INVALID
 */
export function candidatesOf(
  request: RankRequest,
  policy: { readonly slots?: number; readonly eligible?: Eligible },
  known?: readonly ItemId[],
): Candidates {
  const chosen = chooseItems(request, policy.eligible);
  const n = chosen.items.length;
  if (n === 0) throw new BrigandError("CB_ITEMS_NONE_ELIGIBLE", { n: request.items.length });
  const whole = chosen.items === request.items;
  const ids = whole && known !== undefined ? known : idsOf(chosen.items);
  const slots = Math.min(n, request.slots ?? policy.slots ?? SLOTS_DEFAULT);
  return {
    items: chosen.items,
    ids,
    inputPosition: chosen.places,
    whole,
    slots,
    pins: request.pins === undefined || request.pins.length === 0 ? undefined : pinsOf(request.pins, ids, slots),
    baseline: request.baseline === undefined ? undefined : baselineOf(request.baseline, ids),
  };
}

function idsOf(items: readonly Item[]): ItemId[] {
  const ids: ItemId[] = new Array(items.length);
  for (let i = 0; i < ids.length; i++) ids[i] = items[i].id;
  return ids;
}

function chooseItems(
  request: RankRequest,
  eligible: Eligible | undefined,
): { items: readonly Item[]; places: ArrayLike<number> } {
  const exclude = request.exclude;
  if ((exclude === undefined || exclude.length === 0) && eligible === undefined) {
    return { items: request.items, places: PLACES };
  }
  const excluded = new Set(exclude);
  const items: Item[] = [];
  const places: number[] = [];
  for (let i = 0; i < request.items.length; i++) {
    const item = request.items[i];
    if (excluded.has(item.id) || eligible?.(item) === false) continue;
    items.push(item);
    places.push(i);
  }
  return items.length === request.items.length ? { items: request.items, places: PLACES } : { items, places };
}

function baselineOf(id: ItemId, ids: readonly ItemId[]): number {
  const index = ids.indexOf(id);
  if (index < 0) throw new BrigandError("CB_BASELINE_UNKNOWN", { came: id });
  return index;
}

function pinsOf(pins: readonly RequestPin[], ids: readonly ItemId[], slots: number): Pin[] {
  const items = new Set<ItemId>();
  const positions = new Set<number>();
  return pins.map(({ id, position }, index) => {
    const itemIndex = ids.indexOf(id);
    const wrong = (expected: string, came: string) => new BrigandError("CB_PINS_INVALID", { index, expected, came });
    if (itemIndex < 0) throw wrong("name an eligible item", "another id");
    if (position > slots) throw wrong(`have a position from 1 to ${slots}`, String(position));
    if (items.has(id)) throw wrong("name an item that no other pin names", "the same id again");
    if (positions.has(position)) throw wrong("have a position of its own", `${position} again`);
    items.add(id);
    positions.add(position);
    return { itemIndex, position };
  });
}

/** The caller's order with `baseline` first and pins at their places: itemIndex by slot. Nothing is random. */
export function callersOrder(candidates: Candidates): Int32Array {
  const order = new Int32Array(candidates.slots).fill(-1);
  const placed = new Set<number>();
  for (const pin of candidates.pins ?? []) {
    order[pin.position - 1] = pin.itemIndex;
    placed.add(pin.itemIndex);
  }
  let next = 0;
  let first = candidates.baseline;
  for (let slot = 0; slot < order.length; slot++) {
    if (order[slot] >= 0) continue;
    if (first !== undefined && !placed.has(first)) order[slot] = first;
    else {
      while (placed.has(next)) next++;
      order[slot] = next;
    }
    first = undefined;
    placed.add(order[slot]);
  }
  return order;
}
