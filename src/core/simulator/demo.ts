/** The simulated policy of a first start: what it is called, how it is set, and the world that uses it. */
import type { PolicySettings } from "../settings/policy.ts";
import type { GivenVariant } from "../settings/variants.ts";
import type { Step, WorldOptions } from "./world.ts";

export const DEMO_POLICY = "demo";
export const DEMO_RATE_PER_S = 25;
/** After this long without being removed it falls silent; what it did stays. */
export const DEMO_MS = 3_600_000;

const variants: readonly GivenVariant[] = [
  { name: "learner", weight: 2, exploration: { name: "plackettLuce", parameters: {} } },
  { name: "uniform", weight: 1, exploration: { name: "uniform", parameters: {} } },
];

/** Quick: a row is learned after a second, and final after five. */
export const demoSettings: Omit<Partial<PolicySettings>, "variants"> & { readonly variants: readonly GivenVariant[] } =
  {
    simulated: true,
    settleMs: 1_000,
    rewardWindowMs: 5_000,
    slots: 4,
    variants,
  };

/** Tastes are strong, so that what is learned shows within a minute. */
export const demoWorld: WorldOptions = {
  seed: "brigand demo",
  users: 600,
  items: 40,
  candidates: 12,
  slotsShown: 4,
  delayMs: 800,
  stepMs: 1000 / DEMO_RATE_PER_S,
  law: { base: -2.3, quality: 0.9, taste: 0.8, segmentTaste: 1.1 },
};

/** What the application would send: ids that say what they are, newest items first. */
export function demoRequest(step: Step): object {
  const items = step.items
    .map(({ id, features }) => ({ id: `demo-${id}`, features }))
    .sort((a, b) => b.features.freshness - a.features.freshness);
  const user = { id: `demo-${step.user.id}`, features: step.user.features };
  return { policy: DEMO_POLICY, user, context: step.context, items };
}

/** The world's own id of an item that was shown. */
export function worldItem(id: string): string {
  return id.replace(/^demo-/, "");
}
