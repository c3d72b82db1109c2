/**
 * What a comparison on the log allows. The interval of the paired difference holds at every look at once
 * (`estimators/sequence.ts`, 95 %), so asking the gate again and again costs nothing. A log that cannot answer is no
 * answer: too few decisions or rewards behind the weights, items that it could not have shown, weights whose mean is not 1.
 */
import { type Estimate, intervalOf } from "../estimators/sequence.ts";
import type { TrialResult } from "../variants/trial.ts";
import type { Compared } from "./comparison.ts";
import type { Evidence, Verdict } from "./evidence.ts";

/** Closed decisions, and decisions that the weighted ones must be worth, before there is an answer. */
export const DECISIONS_MIN = 100;
export const EFFECTIVE_MIN = 100;
/** Rewards that the weighted ones must be worth: below it their law is not normal. */
export const REWARDS_MIN = 20;
/** Share of the version's probability on what the log could not have shown. */
export const UNSUPPORTED_MAX = 0.01;
/** How sure it must be that the mean weight is not 1 before the log is not believed. */
export const WEIGHT_ALPHA = 0.001;

/** Versions that are refused where nobody forces them. */
export function isRefused({ verdict, label }: Pick<Evidence, "verdict" | "label">): boolean {
  if (verdict === "worse") return true;
  return label === "stable" && (verdict === "open" || verdict === "unanswered");
}

export type Finding = Omit<Evidence, "version" | "against" | "label" | "unseen" | "leftOut" | "from" | "to">;

/** @param lossMax share of the current value that may be lost. */
export function findingOf(compared: Compared, lossMax: number): Finding {
  const { current, candidate, difference, weight, decisions, subjects } = compared;
  const numbers = {
    served: compared.served,
    current: measured(current),
    candidate: measured(candidate),
    difference: measured(difference),
    plainDifference: compared.plainDifference,
    effective: compared.effective,
    effectiveRewards: compared.effectiveRewards,
    weightMean: measured(weight, WEIGHT_ALPHA),
    weightMax: compared.weightMax,
    unsupported: compared.unsupported,
  };
  return { ...judged(compared, lossMax), decisions, subjects, lossMax, ...finiteOnly(numbers) };
}

/**
 * With what the canary's own decisions say, which nothing had to be weighted for: worse is worse, and where the log
 * leaves it open a canary that lost no more than is accepted is the answer.
 */
export function withTrial<Found extends Pick<Evidence, "verdict" | "reasons" | "lossMax">>(
  found: Found,
  trial: TrialResult | undefined,
): Found & Pick<Evidence, "trial"> {
  const difference = trial?.canary.difference?.absolute;
  if (trial === undefined || difference?.low === undefined) return found;
  const { verdict, decisions } = trial.canary;
  const told = { verdict, decisions, difference: { ...difference } };
  const because = `as canary, difference ${short(difference.value)} over ${decisions} decisions: ${verdict}`;
  const reasons = [...found.reasons, because];
  if (verdict === "worse") return { ...found, verdict: "worse", reasons, trial: told };
  const accepted = -found.lossMax * Math.abs(trial.stable.reward?.value ?? 0);
  const isAnswer = found.verdict === "open" || found.verdict === "unanswered" || found.verdict === "nothing";
  if (!isAnswer || !(difference.low >= accepted)) return { ...found, reasons, trial: told };
  return { ...found, verdict: verdict === "better" ? "better" : "notWorse", reasons, trial: told };
}

function judged(compared: Compared, lossMax: number): { verdict: Verdict; reasons: string[] } {
  if (compared.decisions === 0)
    return { verdict: "nothing", reasons: ["no closed decision of a model to compare with"] };
  const problems = problemsOf(compared);
  if (problems.length > 0) return { verdict: "unanswered", reasons: problems };
  const { low, high } = intervalOf(compared.difference);
  const current = Math.abs(compared.current.value);
  const told = `difference ${short(compared.difference.value)}, between ${short(low)} and ${short(high)}, of ${short(current)} a decision`;
  const accepted = low >= -lossMax * current;
  const verdict = low > 0 ? "better" : accepted ? "notWorse" : high < 0 ? "worse" : "open";
  const open = `a loss of more than ${percent(lossMax)} of it cannot be excluded`;
  return { verdict, reasons: verdict === "open" ? [told, open] : [told] };
}

function problemsOf({ decisions, effective, effectiveRewards, unsupported, weight }: Compared): string[] {
  const problems: string[] = [];
  if (decisions < DECISIONS_MIN) problems.push(`${decisions} closed decisions; at least ${DECISIONS_MIN} are needed`);
  else if (!(effective >= EFFECTIVE_MIN))
    problems.push(`the weighted decisions are worth ${short(effective)}; at least ${EFFECTIVE_MIN} are needed`);
  if (effectiveRewards < REWARDS_MIN)
    problems.push(`the weighted rewards are worth ${short(effectiveRewards)}; at least ${REWARDS_MIN} are needed`);
  if (!(unsupported <= UNSUPPORTED_MAX))
    problems.push(`${percent(unsupported)} of what it would show could not have been shown when it was logged`);
  const { low, high } = intervalOf(weight, WEIGHT_ALPHA);
  if (low > 1 || high < 1) problems.push(`the mean weight is ${short(weight.value)} and must be 1`);
  return problems;
}

function measured(estimate: Estimate, alpha?: number): Evidence["difference"] {
  const { low, high } = intervalOf(estimate, alpha);
  if (!Number.isFinite(estimate.value)) return undefined;
  return Number.isFinite(low) && Number.isFinite(high)
    ? { value: estimate.value, low, high }
    : { value: estimate.value };
}

/** JSON has no NaN and no Infinity. */
function finiteOnly<Numbers extends { readonly [name: string]: unknown }>(numbers: Numbers): Partial<Numbers> {
  const kept = Object.entries(numbers).filter(
    ([, value]) => value !== undefined && (typeof value !== "number" || Number.isFinite(value)),
  );
  return Object.fromEntries(kept) as Partial<Numbers>;
}

const short = (value: number) => value.toPrecision(3);
const percent = (share: number) => `${Number((100 * share).toPrecision(3))} %`;
