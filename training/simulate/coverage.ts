/**
 * How often 90 % intervals for the mean reward by tenth of predicted mean hold the truth, on rows that were kept from
 * the learner: of a simulated world, whose truth is known, and of a labelled table.
 */
import { meanInterval90, tenthsOf } from "../../src/core/estimators/calibration.ts";
import { shareInterval90 } from "../../src/core/estimators/shareInterval.ts";
import { createWorld } from "../../src/core/simulator/world.ts";
import { EngineRanker } from "./engine.ts";
import { type Labelled, mulberry32, START_AT, STEP_MS, shuffled, stepOf } from "./labelled.ts";

/** A row that the learner never saw. */
export interface HeldBack {
  /** Mean and standard deviation by the model. */
  readonly predicted: number;
  readonly s: number;
  /** Probability of the reward 1: 0 or 1 where it is known. */
  readonly chance: number;
}

export interface TenthCoverage {
  readonly rows: number;
  readonly predicted: number;
  /** True mean reward of the tenth. */
  readonly truth: number;
  /** Share of resamples whose interval, from their rewards alone and exact for 0 and 1, held the truth. */
  readonly covered: number;
  /** The same of Wilson's interval, which has no tie-breaker: where nearly all rewards are equal its coverage jumps. */
  readonly wilson: number;
  /** Share of resamples whose mean reward lay in the model's own 90 % interval around what it predicted. */
  readonly within: number;
}

export interface CoverageOptions {
  readonly resamples: number;
  /** Rows of a resample, drawn with replacement. */
  readonly rows: number;
  readonly seed: number;
}

const Z90 = 1.6448536269514722;
/** Tie-breakers are drawn apart from the rewards. */
const TIES = 0x5eed;

/** Ten tenths by predicted mean. Deterministic by the seed. Cost: resamples × rows draws. */
export function coverage(held: readonly HeldBack[], options: CoverageOptions): TenthCoverage[] {
  const tenth = tenthsOf(held);
  const of = Array.from({ length: 10 }, (_, d) => held.filter((_, i) => tenth[i] === d));
  const truth = of.map((rows) => meanOf(rows.map(({ chance }) => chance)));
  const covered = new Float64Array(10);
  const wilson = new Float64Array(10);
  const within = new Float64Array(10);
  const uniform = mulberry32(options.seed);
  const luck = mulberry32(options.seed ^ TIES);
  for (let resample = 0; resample < options.resamples; resample++) {
    const drawn = Array.from({ length: options.rows }, () => Math.floor(uniform() * held.length));
    const rewards = drawn.map((i) => (uniform() < held[i].chance ? 1 : 0));
    for (let d = 0; d < 10; d++) {
      const mine = drawn.flatMap((i, k) => (tenth[i] === d ? [{ row: held[i], reward: rewards[k] }] : []));
      const ones = mine.reduce((sum, { reward }) => sum + reward, 0);
      const approximate = meanInterval90(
        mine.map(({ reward }) => reward),
        [0, 1],
      );
      if (holds(shareInterval90({ n: mine.length, ones, luck: luck() }), truth[d])) covered[d]++;
      if (holds(approximate, truth[d])) wilson[d]++;
      if (isWithin(mine, approximate.mean)) within[d]++;
    }
  }
  return of.map((rows, d) => ({
    rows: rows.length,
    predicted: meanOf(rows.map(({ predicted }) => predicted)),
    truth: truth[d],
    covered: covered[d] / options.resamples,
    wilson: wilson[d] / options.resamples,
    within: within[d] / options.resamples,
  }));
}

function holds({ low, high }: { readonly low: number; readonly high: number }, truth: number): boolean {
  return low <= truth && truth <= high;
}

/** The model's doubt is taken as common to all rows of a tenth, the luck of rewards as each row's own. */
function isWithin(rows: readonly { readonly row: HeldBack; readonly reward: number }[], mean: number): boolean {
  const predicted = meanOf(rows.map(({ row }) => row.predicted));
  const doubt = meanOf(rows.map(({ row }) => row.s));
  const luck = (mean * (1 - mean)) / Math.max(1, rows.length);
  return Math.abs(mean - predicted) <= Z90 * Math.sqrt(doubt * doubt + luck);
}

/** What the table's rows after the first `learned` were predicted for the item that the model likes best. */
export function heldBackOfTable(table: Labelled, { learned, seed }: { learned: number; seed: number }): HeldBack[] {
  const items = table.classes.map((id) => ({ id, features: {} }));
  const engine = new EngineRanker({ slotsShown: 1, catalogue: items }, { name: "brigand", seed: `${table.name} held` });
  return shuffled(table.rows.length, seed).flatMap((row, index) => {
    const step = stepOf(table, { row, index, items });
    const right = table.classes[table.labels[row]];
    if (index >= learned) {
      const { score, uncertainty } = engine.scores(step);
      const best = score.indexOf(Math.max(...score));
      return [{ predicted: score[best], s: uncertainty[best], chance: items[best].id === right ? 1 : 0 }];
    }
    const [shown] = engine.rank(step);
    engine.learn(
      step,
      [shown],
      shown === right ? [{ item: shown, value: 1, delayMs: 0 }] : [],
      START_AT + index * STEP_MS,
    );
    return [];
  });
}

/** What candidates of `held` decisions of a world were predicted after it had learned from `learned` others. */
export function heldBackOfWorld(seed: string, { learned, held }: { learned: number; held: number }): HeldBack[] {
  const world = createWorld({ seed });
  const engine = new EngineRanker(world, { name: "brigand", seed });
  for (let t = 0; t < learned; t++) {
    const step = world.next();
    const shown = engine.rank(step).slice(0, world.slotsShown);
    engine.learn(step, shown, world.rewards(step, shown), step.at);
  }
  return Array.from({ length: held }, () => world.next()).flatMap((step) => {
    const { score, uncertainty } = engine.scores(step);
    return step.items.map(({ id }, i) => ({
      predicted: score[i],
      s: uncertainty[i],
      chance: world.expectedOf(step, [id]),
    }));
  });
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, x) => sum + x, 0) / values.length;
}
