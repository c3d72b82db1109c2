/** The list that is shown when the server cannot choose: the caller's own order. */
import type { RankedItem, RankRequest } from "./types.ts";

const SLOTS_DEFAULT = 10;

/** As the server's own baseline: without what is excluded, `baseline` first, pins in their places. Pure; never throws. */
export function localItems({ items, exclude = [], baseline, pins = [], slots }: RankRequest): readonly RankedItem[] {
  const excluded = new Set(exclude);
  const ids = items.map(({ id }) => id).filter((id) => !excluded.has(id));
  const length = Math.min(ids.length, slots ?? SLOTS_DEFAULT);
  const places = new Map(pins.filter(({ id }) => ids.includes(id)).map(({ id, position }) => [position, id]));
  const pinned = new Set(places.values());
  const first = baseline !== undefined && ids.includes(baseline) ? [baseline] : [];
  const rest = [...new Set([...first, ...ids])].filter((id) => !pinned.has(id));
  return Array.from({ length }, (_, i) => i + 1).flatMap((position) => {
    const id = places.get(position) ?? rest.shift();
    return id === undefined ? [] : [{ id, position }];
  });
}
