/** The split that settings ask for, as the log tells it. */
import type { PolicySettings } from "../settings/policy.ts";
import type { Period } from "./experiment.ts";

type Asked = Omit<Period, "since">;

/** Variants with the exploration that acts, so that a change of the policy's own is a change of theirs. */
export function periodOf({ variants, variantSalt = "", exploration }: PolicySettings): Asked {
  if (variants.length === 0) return { variants: [], salt: "" };
  return {
    variants: variants.map((variant) => ({ ...variant, exploration: variant.exploration ?? exploration })),
    salt: variantSalt,
  };
}

/** Whether nothing about the variants differs. Cost: two short texts. */
export function samePeriod(a: Asked, b: Asked): boolean {
  return JSON.stringify([a.variants, a.salt]) === JSON.stringify([b.variants, b.salt]);
}
