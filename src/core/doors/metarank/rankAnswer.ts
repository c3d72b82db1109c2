/** The answer of Metarank's rank, from the log line alone. */
import type { ItemId } from "../../domain.ts";
import { privatePlackettLuce } from "../../explore/privatePlackettLuce.ts";
import type { DecisionRecord } from "../../log/records.ts";

export interface RankedItem {
  readonly item: ItemId;
  readonly score: number;
  readonly features?: readonly { readonly name: string; readonly value: number }[];
}

/**
 * All items: those that were drawn, in the order of the draw, then the rest by score. `score` is the model's; where there
 * is none to tell (a privacy claim, the caller's own order) it counts down, so that sorting by it changes nothing.
 * @param names of the columns, to explain; features are left out where the line does not hold them.
 */
export function metarankItems(record: DecisionRecord, names?: readonly string[]): readonly RankedItem[] {
  const { items, score, slots, columns } = record;
  const hidden = record.explorer === privatePlackettLuce.name;
  const shown = new Set(slots);
  const rest = items.map((_, index) => index).filter((index) => !shown.has(index));
  if (!hidden) rest.sort((a, b) => score[b] - score[a] || a - b);
  const order = [...slots, ...rest];
  const scored = columns > 0 && !hidden && record.served === "model";
  return order.map((index, place) => ({
    item: items[index],
    score: scored ? score[index] : order.length - place,
    ...(names === undefined || hidden ? undefined : featuresOf(record, { index, place, names })),
  }));
}

/** The row of an item: from the matrix of all candidates, else from those of the shown ones. */
function featuresOf(
  { columns, candidates, shown, slots }: DecisionRecord,
  { index, place, names }: { index: number; place: number; names: readonly string[] },
): Pick<RankedItem, "features"> | undefined {
  if (columns === 0) return undefined;
  const [rows, row] = candidates === undefined ? [shown, place] : [candidates, index];
  if (candidates === undefined && place >= slots.length) return undefined;
  const values = Array.from(rows.subarray(row * columns, (row + 1) * columns));
  return { features: values.map((value, i) => ({ name: names[i] ?? `column ${i}`, value })) };
}
