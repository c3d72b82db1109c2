/** What an operator should be woken by, each with what it means and what to do. Silent until there is enough to say. */
import type { TimeMs } from "../domain.ts";
import type { Health, Overview } from "./overview.ts";

export type AlarmState = "ok" | "alarm" | "unknown";

export interface Alarm {
  readonly name: string;
  readonly state: AlarmState;
  /** What is now, and what would raise it. */
  readonly now: string;
  readonly limit: string;
  readonly meaning: string;
  readonly todo: string;
}

/** What the log does not say. */
export interface AlarmFacts {
  readonly now: TimeMs;
  readonly mode: string;
  readonly modelVersion: number;
  /** When the serving version began to serve in this process. */
  readonly modelSince?: TimeMs;
  /** Age of the oldest job that waits; undefined when no job waits, null when the queue cannot be asked. */
  readonly oldestJobMs?: number | null;
}

export const LIMITS = {
  entropy: 0.05,
  floorShare: 0.1,
  effective: 100,
  joinRate: 0.95,
  staleModelMs: 60_000,
  queueAgeMs: 60_000,
  /** Lists, and rewards, of the last five minutes that an alarm needs. */
  listsLeast: 200,
  rewardsLeast: 20,
} as const;

type Check = Omit<Alarm, "state"> & { readonly bad: boolean | undefined };

/** Every alarm, raised or not, in a fixed order. */
export function alarmsOf(overview: Overview, facts: AlarmFacts): Alarm[] {
  const { now: health } = overview;
  const checks = [
    entropy(health),
    floorHits(health),
    effective(health),
    joinRate(health),
    noRewards(overview),
    staleModel(overview, facts),
    queueAge(facts),
  ];
  return checks.map(({ bad, ...alarm }) => ({ ...alarm, state: bad === undefined ? "unknown" : bad ? "alarm" : "ok" }));
}

const percent = (share: number, digits = 0) => `${(100 * share).toFixed(digits)} %`;
const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;

function entropy({ entropy, drawn }: Health): Check {
  return {
    name: "Entropy",
    now: entropy === undefined ? "no draw" : `${percent(entropy, 1)} of the largest`,
    limit: `below ${percent(LIMITS.entropy)}`,
    bad: entropy === undefined || drawn < LIMITS.listsLeast ? undefined : entropy < LIMITS.entropy,
    meaning: "The lists hardly vary any more: what is not shown cannot be learned.",
    todo: "Raise the temperature or explorationRate of the policy's exploration, or its floor.",
  };
}

function floorHits({ floorShare, drawn }: Health): Check {
  return {
    name: "Floor hits",
    now: floorShare === undefined ? "no draw" : `${percent(floorShare, 1)} of slots`,
    limit: `above ${percent(LIMITS.floorShare)}`,
    bad: floorShare === undefined || drawn < LIMITS.listsLeast ? undefined : floorShare > LIMITS.floorShare,
    meaning: "Slots are filled by the floor rather than by the model.",
    todo: "Lower the floor, or look at why the model is so sure: a feature may give the answer away.",
  };
}

function effective({ effective, uniform, drawn }: Health): Check {
  const known = effective !== undefined && uniform.n > 0;
  return {
    name: "Effective sample",
    now: known ? `${effective.toFixed(0)} of ${uniform.n} lists` : "no weighted list",
    limit: `below ${LIMITS.effective}`,
    bad: !known || drawn < 10 * LIMITS.effective ? undefined : effective < LIMITS.effective,
    meaning: "The log hardly overlaps with a uniform ranking: other policies cannot be judged from it.",
    todo: "Give a variant with uniform or epsilonGreedy exploration a small weight, or raise the floor.",
  };
}

function joinRate({ joinRate, rewards }: Health): Check {
  return {
    name: "Join rate",
    now: joinRate === undefined ? "no reward" : `${percent(joinRate, 1)} of ${rewards} rewards`,
    limit: `below ${percent(LIMITS.joinRate)}`,
    bad: joinRate === undefined || rewards < LIMITS.rewardsLeast ? undefined : joinRate < LIMITS.joinRate,
    meaning: "Rewards name decisions or items that are not known, or come after the reward window.",
    todo: "Check decisionId and item of the rewards sent; raise rewardWindowMs if they come late.",
  };
}

function noRewards({ now: { lists, rewards }, last }: Overview): Check {
  return {
    name: "Rewards",
    now: last.rewardAt === undefined ? "none yet" : `${rewards} in the last 5 min`,
    limit: `none for ${LIMITS.listsLeast} lists`,
    bad: lists < LIMITS.listsLeast ? undefined : rewards === 0,
    meaning: "Lists are shown and nothing comes back.",
    todo: "Check that the application sends POST /v1/rewards or /v1/feedback, and what it is answered.",
  };
}

function staleModel({ last: { settledAt }, now: { lists } }: Overview, facts: AlarmFacts): Check {
  const waited = settledAt === undefined ? undefined : settledAt - (facts.modelSince ?? 0);
  const known = waited !== undefined && lists >= LIMITS.listsLeast;
  const age = facts.modelSince === undefined ? undefined : facts.now - facts.modelSince;
  return {
    name: "Model age",
    now: age === undefined ? "the seed model serves" : `version ${facts.modelVersion}, ${seconds(age)} old`,
    limit: `${seconds(LIMITS.staleModelMs)} behind the rows`,
    bad: known ? waited > LIMITS.staleModelMs : undefined,
    meaning: "Rows settle and no new version begins to serve.",
    todo: 'Look for "a job failed" and "a version was refused" in the log; see whether a version is pinned.',
  };
}

function queueAge({ oldestJobMs }: AlarmFacts): Check {
  return {
    name: "Queue",
    now:
      oldestJobMs === null
        ? "Redis does not answer"
        : oldestJobMs === undefined
          ? "no job waits"
          : `oldest ${seconds(oldestJobMs)}`,
    limit: `a job waits ${seconds(LIMITS.queueAgeMs)}`,
    bad: oldestJobMs === null ? undefined : (oldestJobMs ?? 0) > LIMITS.queueAgeMs,
    meaning: "No worker takes up jobs: nothing is trained or exported.",
    todo: 'Start a worker ("brigand work"), or restart the one that hangs.',
  };
}
