/**
 * Personalizer's offline evaluation over closed decisions: what the policy earned, and what the caller's own first
 * action and chance would have earned, by inverse propensity. A pure fold; only rows that the model drew are judged.
 *
 *   IPS = Σ w·r / n    SNIPS = Σ w·r / Σ w    w = target probability / propensity      (Swaminathan and Joachims 2015)
 */
import { checkId, isObject, wrong } from "../../decide/check.ts";
import type { TimeMs } from "../../domain.ts";
import { BrigandError } from "../../errors.ts";
import { parseTime } from "../../events/time.ts";
import type { DecisionRecord } from "../../log/records.ts";

export interface EvaluationContract {
  readonly name: string;
  readonly from: TimeMs;
  readonly to: TimeMs;
}

export type EvaluationStatus = "pending" | "completed" | "failed";

/** As it is kept and answered, but for times, which are milliseconds here. */
export interface Evaluation extends EvaluationContract {
  readonly id: string;
  readonly status: EvaluationStatus;
  readonly created: TimeMs;
  readonly results?: readonly TargetResult[];
}

/** Sums over n judged decisions. */
export interface TargetSums {
  readonly n: number;
  readonly weight: number;
  readonly weighted: number;
  readonly squares: number;
  readonly nonZero: number;
}

export interface TargetResult extends TargetSums {
  readonly name: TargetName;
}

export type TargetName = "Online" | "Baseline" | "Random";
export const targetNames: readonly TargetName[] = ["Online", "Baseline", "Random"];

const NOTHING: TargetSums = { n: 0, weight: 0, weighted: 0, squares: 0, nonZero: 0 };
export const emptyResults: readonly TargetResult[] = targetNames.map((name) => ({ name, ...NOTHING }));

/**
 * Personalizer's other learning settings and its search for better ones are refused: the log cannot judge learners.
 * @throws CB_BODY_INVALID, CB_EVENT_INVALID, CB_DOOR_UNSUPPORTED
 */
export function readContract(body: unknown, limit: { now: TimeMs; futureSkewMaxMs: number }): EvaluationContract {
  if (!isObject(body)) throw wrong("The body", "an object with name, startTime, endTime and policies", body);
  const { name, startTime, endTime, policies = [], enableOfflineExperimentation } = body;
  checkId(name, "name");
  const open = { now: Number.MAX_SAFE_INTEGER, futureSkewMaxMs: limit.futureSkewMaxMs };
  const from = parseTime(startTime, open);
  const to = parseTime(endTime, open);
  if (!(from < to)) throw wrong("endTime", "later than startTime", endTime);
  if (!Array.isArray(policies)) throw wrong("policies", "an array", policies);
  if (policies.length > 0 || enableOfflineExperimentation === true)
    throw new BrigandError("CB_DOOR_UNSUPPORTED", {
      call: "Judging other learning settings",
      problem: "policies must be empty and enableOfflineExperimentation false; npx brigand simulate compares explorers",
    });
  return { name, from, to };
}

/** Adds a closed decision with the reward of its first position; others leave everything as it is. */
export function addDecision(
  results: readonly TargetResult[],
  record: Pick<DecisionRecord, "served" | "noise" | "items" | "slots" | "propensity">,
  reward: number | undefined,
): readonly TargetResult[] {
  if (record.served !== "model" || record.noise !== undefined || reward === undefined) return results;
  const propensity = record.propensity[0];
  const target: { readonly [name in TargetName]: number } = {
    Online: propensity,
    Baseline: record.slots[0] === 0 ? 1 : 0,
    Random: 1 / record.items.length,
  };
  return results.map((sums) => ({ name: sums.name, ...added(sums, target[sums.name] / propensity, reward) }));
}

function added(sums: TargetSums, weight: number, reward: number): TargetSums {
  const value = weight * reward;
  return {
    n: sums.n + 1,
    weight: sums.weight + weight,
    weighted: sums.weighted + value,
    squares: sums.squares + value * value,
    nonZero: sums.nonZero + (value === 0 ? 0 : 1),
  };
}

/** Whether a value that was kept is one; files are this program's own, so only what is read at once is looked at. */
export function isEvaluation(value: unknown): value is Evaluation {
  return (
    isObject(value) &&
    typeof value.id === "string" &&
    typeof value.created === "number" &&
    typeof value.from === "number"
  );
}

/** In the service's shape. */
export function evaluationAnswer(evaluation: Evaluation): object {
  const { id, name, from, to, status, created, results } = evaluation;
  return {
    id,
    name,
    startTime: iso(from),
    endTime: iso(to),
    jobId: id,
    status,
    evaluationType: "Manual",
    creationTime: iso(created),
    featureImportance: [],
    policyResults: results?.map((result) => resultAnswer(result, { from, to })),
  };
}

const ARGUMENTS: { readonly [name in TargetName]: string } = {
  Online: "--cb_explore_adf",
  Baseline: "--first_action",
  Random: "--cb_explore_adf --epsilon 1",
};

/** Half the width of the normal 95 % interval of IPS. */
const Z_95 = 1.959963984540054;

function resultAnswer(
  { name, n, weight, weighted, squares, nonZero }: TargetResult,
  span: { from: TimeMs; to: TimeMs },
): object {
  const mean = n === 0 ? 0 : weighted / n;
  const variance = n < 2 ? 0 : Math.max(0, (squares - n * mean * mean) / (n - 1));
  const summary = {
    timeStamp: iso(span.from),
    ipsEstimatorNumerator: weighted,
    ipsEstimatorDenominator: n,
    snipsEstimatorDenominator: weight,
    aggregateTimeWindow: `PT${Math.round((span.to - span.from) / 1000)}S`,
    nonZeroProbability: n === 0 ? 0 : nonZero / n,
    sumOfSquares: squares,
    confidenceInterval: n === 0 ? 0 : Z_95 * Math.sqrt(variance / n),
    averageReward: mean,
  };
  return { name, arguments: ARGUMENTS[name], policySource: name, summary: [summary], totalSummary: summary };
}

const iso = (at: TimeMs) => new Date(at).toISOString();
