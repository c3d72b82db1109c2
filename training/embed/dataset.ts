/** Rows as arrays of numbers: users one after the other, items and positions by number, rewards as answers. */
import type { ItemId } from "../../src/core/domain.ts";
import type { EmbedRows } from "./rows.ts";

export interface Dataset {
  readonly users: number;
  readonly items: readonly ItemId[];
  /** Rows of user u: from `starts[u]` to `starts[u + 1]`. */
  readonly starts: Int32Array;
  readonly item: Int32Array;
  /** Place shown, 0-based, at most `PLACES` − 1. */
  readonly place: Uint8Array;
  /** In [0, 1]. */
  readonly answer: Float32Array;
  readonly low: number;
  readonly high: number;
}

/** Places told apart; further down counts as the last. */
export const PLACES = 32;

/**
 * @param itemsMax items with vectors of their own: those shown most often; rows of others are left out.
 * @returns undefined where all rewards are equal: nothing can be learned.
 */
export function datasetOf(rows: EmbedRows, itemsMax: number): Dataset | undefined {
  const lists = [...rows.lists.values()];
  const scale = rewardScale(lists.flatMap(({ rewards }) => [...rewards].filter((reward) => !Number.isNaN(reward))));
  if (scale === undefined) return undefined;
  const items = shownMost(lists, itemsMax);
  const number = new Map(items.map((id, index) => [id, index]));
  const byUser = new Map<string, typeof lists>();
  for (const list of lists) {
    const of = byUser.get(list.user);
    if (of === undefined) byUser.set(list.user, [list]);
    else of.push(list);
  }
  const starts = new Int32Array(byUser.size + 1);
  const item = new Int32Array(rows.kept);
  const place = new Uint8Array(rows.kept);
  const answer = new Float32Array(rows.kept);
  let n = 0;
  let user = 0;
  for (const of of byUser.values()) {
    for (const list of of) {
      for (let i = 0; i < list.items.length; i++) {
        const index = number.get(list.items[i]);
        if (index === undefined || Number.isNaN(list.rewards[i])) continue;
        item[n] = index;
        place[n] = Math.min(PLACES, list.positions[i]) - 1;
        answer[n++] = Math.max(0, Math.min(1, (list.rewards[i] - scale.low) / (scale.high - scale.low)));
      }
    }
    starts[++user] = n;
  }
  return { users: byUser.size, items, starts, item, place, answer, ...scale };
}

function shownMost(lists: readonly { readonly items: readonly ItemId[] }[], itemsMax: number): ItemId[] {
  const shown = new Map<ItemId, number>();
  for (const { items } of lists) for (const id of items) shown.set(id, (shown.get(id) ?? 0) + 1);
  return [...shown]
    .sort((a, b) => b[1] - a[1])
    .slice(0, itemsMax)
    .map(([id]) => id);
}

/** The lowest hundredth, and the hundredth from above among those that are higher: outliers are clipped. */
function rewardScale(rewards: number[]): { low: number; high: number } | undefined {
  const sorted = Float64Array.from(rewards).sort();
  const low = sorted[Math.floor(0.01 * sorted.length)];
  const above = sorted.filter((reward) => reward > low);
  if (above.length === 0) return undefined;
  return { low, high: above[Math.ceil(0.99 * (above.length - 1))] };
}
