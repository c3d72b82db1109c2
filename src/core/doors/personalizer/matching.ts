/**
 * Which actions a slot may take so that every later slot still finds one: a bipartite matching of slots and actions.
 * Without it a draw could take the only action that a later slot allows.
 */

/** One slot that is still to be filled: indices of the actions it allows. */
export type Allowed = readonly number[];

/**
 * The actions of `allowed` after whose choice all of `later` can be filled by different actions, ascending as given;
 * empty when the slots cannot be filled at all. Cost: one augmenting path a later slot and action that it holds.
 */
export function admissible(allowed: Allowed, later: readonly Allowed[]): readonly number[] {
  const matching = new Matching(later);
  if (!matching.complete) return [];
  return allowed.filter((action) => matching.survives(action));
}

class Matching {
  readonly complete: boolean;
  private readonly slots: readonly Allowed[];
  /** Slot by action. */
  private readonly holder = new Map<number, number>();

  constructor(slots: readonly Allowed[]) {
    this.slots = slots;
    this.complete = slots.every((_, slot) => this.augment(slot, this.holder, new Set()));
  }

  /** Whether all slots can do without the action. */
  survives(action: number): boolean {
    const slot = this.holder.get(action);
    if (slot === undefined) return true;
    const holder = new Map(this.holder);
    holder.delete(action);
    return this.augment(slot, holder, new Set([action]));
  }

  /** Finds the slot an action, moving others where they have another one. */
  private augment(slot: number, holder: Map<number, number>, seen: Set<number>): boolean {
    for (const action of this.slots[slot]) {
      if (seen.has(action)) continue;
      seen.add(action);
      const other = holder.get(action);
      if (other === undefined || this.augment(other, holder, seen)) {
        holder.set(action, slot);
        return true;
      }
    }
    return false;
  }
}
