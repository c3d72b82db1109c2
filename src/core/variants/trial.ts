/** Whether a canary is worse than what it may replace: the comparison of two variants, looked at as often as one likes. */
import type { Canary } from "../model/labels.ts";
import type { Experiment } from "./experiment.ts";
import { type VariantRow, variantTable } from "./table.ts";

/** Names of the two arms of a trial. */
export const STABLE = "stable";
export const CANARY = "canary";

export interface TrialResult {
  readonly stable: VariantRow;
  readonly canary: VariantRow;
}

/** Undefined until the log has decisions of this very canary. Cost: `variantTable`'s. */
export function trialOf({ trial }: Experiment, { version, since }: Canary): TrialResult | undefined {
  if (trial === undefined || trial.name.version !== version || trial.name.since !== since) return undefined;
  const [stable, canary] = variantTable(trial.experiment).variants;
  return { stable, canary };
}

/**
 * Whether the canary must go: the interval of its difference, which holds at all looks together (level 95 %), lies below
 * 0. Reason in words, undefined while it may stay.
 */
export function isWorse({ stable, canary }: TrialResult): string | undefined {
  const { low, high } = canary.difference?.absolute ?? {};
  if (canary.verdict !== "worse" || low === undefined || high === undefined) return undefined;
  const rewards = `${canary.reward?.value.toPrecision(3)} against ${stable.reward?.value.toPrecision(3)} a decision`;
  return `worse by ${(-high).toPrecision(2)} to ${(-low).toPrecision(2)}: ${rewards}, ${canary.decisions} decisions`;
}
