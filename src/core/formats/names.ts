/** Names of a logged decision's items, one each: files may leave them out, or give one to two items. */
import type { ItemId } from "../domain.ts";
import type { LoggedDecision } from "./decision.ts";

/** The item's own name, else its number from 1; of items named alike the later ones get `#2`, `#3` … behind it. */
export function itemNames({ items }: LoggedDecision): ItemId[] {
  const seen = new Map<string, number>();
  return items.map(({ id = "" }, i) => {
    const name = id === "" ? String(i + 1) : id;
    const n = (seen.get(name) ?? 0) + 1;
    seen.set(name, n);
    return n === 1 ? name : `${name}#${n}`;
  });
}

/** The name of one item; cheaper than all where items have none. */
export function itemName(decision: LoggedDecision, itemIndex: number): ItemId {
  const { id = "" } = decision.items[itemIndex];
  return id === "" ? String(itemIndex + 1) : itemNames(decision)[itemIndex];
}
