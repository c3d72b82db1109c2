/** Several rankers in one world, step by step on the same luck. */
import type { ItemId, TimeMs } from "../domain.ts";
import type { Reward, Step, World } from "./world.ts";

/** A policy under comparison. Methods may be asynchronous; calls never overlap. */
export interface Ranker {
  readonly name: string;
  /** Ids of distinct candidates, best first; at most `world.slotsShown` of them are shown. */
  rank(step: Step): readonly ItemId[] | Promise<readonly ItemId[]>;
  /**
   * Feedback on a list this ranker showed, in order of time: once at the step itself (with the rewards of delay 0,
   * perhaps none), then once for each later reward when its time has come, before the next step is ranked.
   */
  learn(step: Step, shown: readonly ItemId[], rewards: readonly Reward[], at: TimeMs): void | Promise<void>;
}

/** What a ranker earned; arrays are by step, in clicks a list. */
export interface Earned {
  readonly name: string;
  /** True expected clicks of the list shown: no luck in it. */
  readonly expected: Float64Array;
  /** Clicks that its list brought. */
  readonly realised: Float64Array;
}

interface Pending {
  readonly due: TimeMs;
  readonly step: Step;
  readonly shown: readonly ItemId[];
  readonly reward: Reward;
}

/**
 * Plays the world's next `steps` steps with every ranker, then delivers what is still under way.
 * @throws RangeError when a ranker names an item twice or one that is no candidate.
 */
export async function simulate(options: {
  readonly world: World;
  readonly steps: number;
  readonly rankers: readonly Ranker[];
  /** Called after each step, for progress. */
  readonly onStep?: (index: number) => void;
}): Promise<Earned[]> {
  const { world, steps, rankers } = options;
  const seats = rankers.map((ranker) => ({
    ranker,
    pending: [] as Pending[],
    earned: { name: ranker.name, expected: new Float64Array(steps), realised: new Float64Array(steps) },
  }));
  for (let t = 0; t < steps; t++) {
    const step = world.next();
    for (const { ranker, pending, earned } of seats) {
      await deliver({ ranker, pending, until: step.at });
      const shown = (await ranker.rank(step)).slice(0, world.slotsShown);
      check(ranker.name, { step, shown });
      const rewards = world.rewards(step, shown);
      earned.expected[t] = world.expectedOf(step, shown);
      earned.realised[t] = rewards.reduce((sum, { value }) => sum + value, 0);
      await ranker.learn(
        step,
        shown,
        rewards.filter(({ delayMs }) => delayMs === 0),
        step.at,
      );
      for (const reward of rewards) {
        if (reward.delayMs > 0) insert(pending, { due: step.at + reward.delayMs, step, shown, reward });
      }
    }
    options.onStep?.(t);
  }
  for (const { ranker, pending } of seats) await deliver({ ranker, pending, until: Number.POSITIVE_INFINITY });
  return seats.map(({ earned }) => earned);
}

async function deliver({
  ranker,
  pending,
  until,
}: {
  ranker: Ranker;
  pending: Pending[];
  until: TimeMs;
}): Promise<void> {
  const due = pending.findIndex((entry) => entry.due > until);
  for (const entry of pending.splice(0, due === -1 ? pending.length : due)) {
    await ranker.learn(entry.step, entry.shown, [entry.reward], entry.due);
  }
}

/** Keeps `pending` sorted by due time; equal times stay in order of arrival. */
function insert(pending: Pending[], entry: Pending): void {
  let place = pending.length;
  while (place > 0 && pending[place - 1].due > entry.due) place--;
  pending.splice(place, 0, entry);
}

function check(name: string, { step, shown }: { step: Step; shown: readonly ItemId[] }): void {
  const candidates = new Set(step.items.map(({ id }) => id));
  for (const id of shown) {
    if (!candidates.delete(id)) throw new RangeError(`${name} showed ${id} twice or without its being a candidate`);
  }
}
