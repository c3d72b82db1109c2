/**
 * A seeded world in which rankings are shown and clicked: pure, without clock or I/O. Everything about step t is a
 * function of (options, t), so two policies that see the same step see the same user, candidates and luck.
 * The law of clicks stands in `law.ts`, users and items in `population.ts`.
 */
import type { ItemId, TimeMs } from "../domain.ts";
import { createLaw, DAYPARTS_N, LAW_DEFAULTS, type LawOptions } from "./law.ts";
import { createNoise, type Noise } from "./noise.ts";
import {
  DEVICES,
  drawItems,
  drawUsers,
  type ItemFeatures,
  type UserFeatures,
  type WorldItem,
  type WorldUser,
} from "./population.ts";

export interface WorldOptions {
  /** Any text; equal options give equal worlds. */
  readonly seed: string;
  /** Users who come back; a visit is by user ⌊users · U^1.5⌋, so some come several times as often. Default 500. */
  readonly users?: number;
  /** Size of the catalogue. Default 200. */
  readonly items?: number;
  /** Candidates of a step, distinct, drawn uniformly. Default 20. */
  readonly candidates?: number;
  /** Length of a shown list. Default 4. */
  readonly slotsShown?: number;
  /** First step under the changed law (see `law.ts`); default never. */
  readonly driftAt?: number;
  /** Longest delay of a reward; delays are uniform whole ms in [0, delayMs]. Default 0. */
  readonly delayMs?: number;
  /** A shown item at position l is looked at with probability positionDecay^(l−1). Default 1: no position effect. */
  readonly positionDecay?: number;
  readonly startAt?: TimeMs;
  /** Time between steps. Default 2,000. */
  readonly stepMs?: number;
  /** Overrides of the law's strengths. */
  readonly law?: Partial<LawOptions>;
}

/** One request, as an application would send it. */
export interface Step {
  readonly index: number;
  readonly at: TimeMs;
  readonly user: { readonly id: string; readonly features: UserFeatures };
  /** `hour` is the user's local hour, 0 – 23, independent of `at`. */
  readonly context: { readonly device: (typeof DEVICES)[number]; readonly hour: number };
  readonly items: readonly { readonly id: ItemId; readonly features: ItemFeatures }[];
}

export interface Reward {
  readonly item: ItemId;
  readonly value: number;
  /** Time from the step to the reward. */
  readonly delayMs: number;
}

export interface World {
  readonly slotsShown: number;
  /** Every item there is, for item events. */
  readonly catalogue: Step["items"];
  /** The step at the cursor; moves it on. */
  next(): Step;
  /** Any step; leaves the cursor alone. Cost: O(candidates). */
  step(index: number): Step;
  /** Clicks on a shown list (value 1 each), in list order; items without a click are left out. Fixed by (step, item, position). */
  rewards(step: Step, shown: readonly ItemId[]): Reward[];
  /** True click probability of a candidate at position 1. */
  expected(step: Step, item: ItemId): number;
  /** True expected number of clicks on a list, positions included. */
  expectedOf(step: Step, shown: readonly ItemId[]): number;
  /** The oracle's list: the k candidates of largest `expected`, best first; k defaults to slotsShown. */
  best(step: Step, k?: number): ItemId[];
  /**
   * The best ranking that is the same for everybody: the catalogue by true click probability averaged over visits
   * (users, devices, hours) and over the steps [0, steps) with the drift's two sides weighted by their length.
   * Cost: 12 × users × items probabilities for each side.
   */
  bestFixed(horizon: { readonly steps: number; readonly k?: number }): ItemId[];
}

/** 2026-01-01T00:00:00Z. */
const START_AT = 1_767_225_600_000;
const VISIT_SKEW = 1.5;
const MAIN_DEVICE_SHARE = 0.7;

export function createWorld(given: WorldOptions): World {
  const options = resolve(given);
  const strengths = { ...LAW_DEFAULTS, ...options.law };
  const noise = createNoise(options.seed);
  const items = drawItems(noise, { n: options.items, spread: strengths });
  const users = drawUsers(noise, { n: options.users, spread: strengths });
  const law = createLaw(noise, { items, users, options: strengths });
  const catalogue = items.map(({ id, features }) => ({ id, features }));
  const indexOf = new Map(items.map(({ id }, i) => [id, i]));
  const userOf = new Map(users.map(({ id }, u) => [id, u]));
  const k0 = Math.min(options.slotsShown, options.candidates, options.items);

  const step = (index: number): Step => drawStep(index, { noise, options, users, catalogue });
  const expected = (at: Step, item: ItemId): number =>
    law.probability({
      user: known(userOf, at.user.id),
      item: known(indexOf, item),
      device: DEVICES.indexOf(at.context.device),
      daypart: Math.floor((at.context.hour * DAYPARTS_N) / 24),
      drifted: at.index >= options.driftAt,
    });
  const seen = (position: number): number => options.positionDecay ** position;
  let cursor = 0;
  return {
    slotsShown: k0,
    catalogue,
    next: () => step(cursor++),
    step,
    expected,
    expectedOf: (at, shown) => shown.reduce((sum, item, l) => sum + seen(l) * expected(at, item), 0),
    rewards: (at, shown) =>
      shown.flatMap((item, l) => {
        const i = known(indexOf, item);
        if (!(noise.uniform("click", at.index, i) < seen(l) * expected(at, item))) return [];
        return [{ item, value: 1, delayMs: noise.below("delay", { a: at.index, b: i, n: options.delayMs + 1 }) }];
      }),
    best: (at, k = k0) => {
      const value = new Map(at.items.map(({ id }) => [id, expected(at, id)]));
      return largest(
        at.items.map(({ id }) => id),
        (id) => value.get(id) ?? 0,
      ).slice(0, k);
    },
    bestFixed: ({ steps, k }) => {
      const after = Math.max(0, steps - options.driftAt) / steps;
      const average = averages({ items, users, value: (place) => law.probability(place), after });
      return largest(
        items.map((_, i) => i),
        (i) => average[i],
      )
        .slice(0, k)
        .map((i) => items[i].id);
    },
  };
}

interface StepSource {
  readonly noise: Noise;
  readonly options: Required<WorldOptions>;
  readonly users: readonly WorldUser[];
  readonly catalogue: Step["items"];
}

function drawStep(index: number, { noise, options, users, catalogue }: StepSource): Step {
  const u = Math.floor(options.users * noise.uniform("visit/user", index) ** VISIT_SKEW);
  const main = noise.uniform("visit/main", index) < MAIN_DEVICE_SHARE;
  const device = main ? users[u].device : noise.below("visit/device", { a: index, n: DEVICES.length });
  const chosen = new Set<number>();
  for (let attempt = 0; chosen.size < Math.min(options.candidates, options.items); attempt++) {
    chosen.add(noise.below("visit/item", { a: index, b: attempt, n: options.items }));
  }
  return {
    index,
    at: options.startAt + index * options.stepMs,
    user: { id: users[u].id, features: users[u].features },
    context: { device: DEVICES[device], hour: noise.below("visit/hour", { a: index, n: 24 }) },
    items: Array.from(chosen, (i) => catalogue[i]),
  };
}

function resolve(given: WorldOptions): Required<WorldOptions> {
  const { seed, users = 500, items = 200, candidates = 20, slotsShown = 4, driftAt = Number.POSITIVE_INFINITY } = given;
  const { delayMs = 0, positionDecay = 1, startAt = START_AT, stepMs = 2000, law = {} } = given;
  return { seed, users, items, candidates, slotsShown, driftAt, delayMs, positionDecay, startAt, stepMs, law };
}

interface AverageOptions {
  readonly items: readonly WorldItem[];
  readonly users: readonly WorldUser[];
  readonly value: ReturnType<typeof createLaw>["probability"];
  /** Share of the horizon after the drift, in [0, 1]. */
  readonly after: number;
}

/** Click probability of every item, averaged over visits. */
function averages({ items, users, value, after }: AverageOptions): Float64Array {
  const out = new Float64Array(items.length);
  users.forEach((traits, user) => {
    const visits = ((user + 1) / users.length) ** (1 / VISIT_SKEW) - (user / users.length) ** (1 / VISIT_SKEW);
    for (let device = 0; device < DEVICES.length; device++) {
      const used = (1 - MAIN_DEVICE_SHARE) / DEVICES.length + (device === traits.device ? MAIN_DEVICE_SHARE : 0);
      for (let daypart = 0; daypart < DAYPARTS_N; daypart++) {
        const weight = (visits * used) / DAYPARTS_N;
        for (let item = 0; item < items.length; item++) {
          const place = { user, item, device, daypart };
          if (after < 1) out[item] += weight * (1 - after) * value({ ...place, drifted: false });
          if (after > 0) out[item] += weight * after * value({ ...place, drifted: true });
        }
      }
    }
  });
  return out;
}

/** Sorted copy, largest first; ties keep their order. */
function largest<T>(list: readonly T[], value: (entry: T) => number): T[] {
  return [...list].sort((a, b) => value(b) - value(a));
}

function known(index: ReadonlyMap<string, number>, id: string): number {
  const found = index.get(id);
  if (found === undefined) throw new RangeError(`the world knows no ${id}`);
  return found;
}
