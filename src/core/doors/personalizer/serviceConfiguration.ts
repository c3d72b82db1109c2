/** Personalizer's service configuration in the words of a policy's settings, both ways. */
import { isObject, type JsonObject, wrong } from "../../decide/check.ts";
import { BrigandError } from "../../errors.ts";
import type { PolicySettings } from "../../settings/policy.ts";
import { durationMs, durationText } from "./duration.ts";
import { epsilonGreedyBy } from "./learningSettings.ts";

export interface ServiceConfiguration {
  readonly rewardWaitTime: string;
  readonly defaultReward: number;
  readonly rewardAggregation: string;
  readonly explorationPercentage: number;
  readonly modelExportFrequency: string;
  readonly logMirrorEnabled: boolean;
  readonly logRetentionDays: number;
  readonly learningMode: string;
  readonly isAutoOptimizationEnabled: boolean;
}

/** What of it the installation and not the policy decides. */
export interface Installation {
  readonly retrainIntervalMs: number;
}

type Given = Partial<PolicySettings>;

const REWARD_WAIT_MS = { min: 5000, max: 2 * 86_400_000 };
/** Closed decisions stay as Parquet until somebody removes them. */
const KEPT_FOR_EVER = -1;

const AGGREGATIONS: ReadonlyMap<string, PolicySettings["rewardAggregation"]> = new Map([
  ["earliest", "first"],
  ["first", "first"],
  ["sum", "sum"],
  ["max", "max"],
  ["mean", "mean"],
]);
const MODES: ReadonlyMap<string, PolicySettings["mode"]> = new Map([
  ["Online", "online"],
  ["Apprentice", "apprentice"],
  ["LoggingOnly", "log-only"],
]);
/** Switches that can only be off, and what to do instead. */
const OFF: ReadonlyMap<string, string> = new Map([
  ["logMirrorEnabled", "the log lies in DATA_DIR, and GET /v1/logs lists it"],
  ["isAutoOptimizationEnabled", "the learner chooses its settings by itself, all the time"],
  ["isInferenceExplainabilityEnabled", "GET /v1/decisions/{id} explains a decision"],
]);

export function serviceConfigurationOf(
  settings: PolicySettings,
  { retrainIntervalMs }: Installation,
): ServiceConfiguration {
  const { rewardWindowMs, defaultReward, rewardAggregation, mode } = settings;
  return {
    rewardWaitTime: durationText(rewardWindowMs),
    defaultReward,
    rewardAggregation: rewardAggregation === "first" ? "earliest" : rewardAggregation,
    explorationPercentage: explorationShare(settings),
    modelExportFrequency: durationText(retrainIntervalMs),
    logMirrorEnabled: false,
    logRetentionDays: KEPT_FOR_EVER,
    learningMode: keyOf(MODES, mode) ?? "Online",
    isAutoOptimizationEnabled: false,
  };
}

/** Share of the lists that are drawn: the rate of epsilon-greedy; other explorers draw every list. */
function explorationShare({ exploration: { name, parameters = {} } }: PolicySettings): number {
  if (name === "greedy") return 0;
  return name === "epsilonGreedy" ? (parameters.explorationRate ?? 0.1) : 1;
}

/**
 * The settings as the owner would write them: those of before, and what the configuration changes of them. A share of
 * exploration that differs from what is in effect makes the policy explore by epsilon-greedy with that rate.
 * @throws CB_BODY_INVALID, CB_DOOR_UNSUPPORTED
 */
export function settingsBy(body: unknown, before: { readonly given: Given; readonly settings: PolicySettings }): Given {
  if (!isObject(body)) throw wrong("The body", "an object of the service configuration", body);
  refuseSwitches(body);
  const rewardWindowMs = durationMs(body.rewardWaitTime, "rewardWaitTime");
  if (!(rewardWindowMs >= REWARD_WAIT_MS.min && rewardWindowMs <= REWARD_WAIT_MS.max))
    throw wrong("rewardWaitTime", "a duration from PT5S to P2D", body.rewardWaitTime);
  const defaultReward = numberIn(body.defaultReward, "defaultReward", [-1, 1]);
  const share = numberIn(body.explorationPercentage, "explorationPercentage", [0, 1]);
  const exploration = share === explorationShare(before.settings) ? before.given.exploration : epsilonGreedyBy(share);
  const mode =
    body.learningMode === undefined ? before.settings.mode : choose(MODES, body.learningMode, "learningMode");
  return {
    ...before.given,
    ...{ mode, rewardWindowMs, defaultReward },
    rewardAggregation: choose(AGGREGATIONS, body.rewardAggregation, "rewardAggregation"),
    ...(exploration === undefined ? {} : { exploration }),
  };
}

function refuseSwitches(body: JsonObject): void {
  for (const [name, instead] of OFF) {
    if (body[name] === true)
      throw new BrigandError("CB_DOOR_UNSUPPORTED", { call: `${name} of the service configuration`, problem: instead });
  }
}

function choose<Value>(names: ReadonlyMap<string, Value>, value: unknown, path: string): Value {
  const found = typeof value === "string" ? names.get(value) : undefined;
  if (found === undefined) throw wrong(path, `one of ${[...names.keys()].join(", ")}`, value);
  return found;
}

function keyOf(names: ReadonlyMap<string, string>, value: string): string | undefined {
  return [...names].find(([, known]) => known === value)?.[0];
}

function numberIn(value: unknown, path: string, [min, max]: readonly [number, number]): number {
  if (typeof value !== "number" || !(value >= min && value <= max))
    throw wrong(path, `a number from ${min} to ${max}`, value);
  return value;
}
