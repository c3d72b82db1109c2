/**
 * The gate's error rates on made-up logs: decisions of 10 items in 4 slots, a click on each with its own rate. The log is
 * drawn by one model; current and candidate are judged by it.
 */
import { expect, test } from "vitest";
import { listTerms } from "../../../src/core/estimators/cascade.ts";
import { draw, pmfsAlong } from "../../../src/core/explore/draw.ts";
import type { Scores } from "../../../src/core/explore/explorer.ts";
import { explorerOf } from "../../../src/core/explore/explorers.ts";
import { parametersOf } from "../../../src/core/explore/parameters.ts";
import { Comparison } from "../../../src/core/gate/comparison.ts";
import { Foresight } from "../../../src/core/gate/judge.ts";
import { findingOf } from "../../../src/core/gate/verdict.ts";
import { type Uniform, uniformOf } from "../../../src/core/math/random.ts";
import { decision } from "../../unit/logs/written.ts";

const ITEMS = 10;
const SLOTS = 4;
const EXPLORER = explorerOf("plackettLuce");
const PARAMETERS = parametersOf(EXPLORER);
const LOSS_MAX = 0.05;

/** Scores around these rates: noise of this size on each, and s. */
function modelOf(rates: readonly number[], by: { readonly noise: number; readonly s: number }, next: Uniform): Scores {
  const score = Float32Array.from(rates, (rate) => rate + by.noise * (next() - 0.5));
  return { score, uncertainty: new Float32Array(ITEMS).fill(by.s) };
}

const law = (scores: Scores) => ({ scores, explorer: EXPLORER, parameters: PARAMETERS, floor: 0.01, slots: SLOTS });

interface Models {
  readonly log: Scores;
  readonly current: Scores;
  readonly candidate: Scores;
}

function judged(n: number, rates: readonly number[], { log, current, candidate }: Models, next: Uniform) {
  const comparison = new Comparison();
  const foresight = new Foresight();
  for (let i = 0; i < n; i++) {
    const { slots: drawn, propensity } = draw({ ...law(log), uniform: next });
    const slots = [...drawn];
    const reward = slots.map((item) => (next() < rates[item] ? 1 : 0));
    const predicted = foresight.of(log.score);
    const list = { propensity, reward, foreseen: slots.map((item) => predicted[item]) };
    const terms = (scores: Scores) => {
      const pmf = pmfsAlong(law(scores), slots);
      const expected = pmf.map((row) => row.reduce((sum, p, item) => sum + p * predicted[item], 0));
      return listTerms({ probability: pmf.map((row, slot) => row[slots[slot]]), expected }, list);
    };
    comparison.add({ reward, current: terms(current), candidate: terms(candidate), unsupported: 0 });
    foresight.learn(decision(`d${i}`, i, { slots, score: log.score }), reward);
  }
  return comparison.value();
}

const seed = (run: number) => run.toString(16).padStart(64, "b");

test("over 200 logs of two versions of the same value, the interval leaves 0 out at most 20 times", {
  timeout: 120_000,
}, () => {
  let out = 0;
  let refused = 0;
  for (let run = 0; run < 200; run++) {
    const next = uniformOf(seed(run));
    // Every item is worth the same, so every model is, however it ranks.
    const rates = new Array<number>(ITEMS).fill(0.1 + 0.3 * next());
    const [log, current, candidate] = Array.from({ length: 3 }, () => modelOf(rates, { noise: 0.2, s: 0.2 }, next));
    const { difference, verdict } = findingOf(judged(600, rates, { log, current, candidate }, next), LOSS_MAX);
    if (difference?.low !== undefined && (difference.low > 0 || (difference.high ?? 0) < 0)) out++;
    if (verdict === "worse") refused++;
  }
  // The 99.9 % quantile of a binomial of 200 at 5 %, as for canaries.
  expect(out).toBeLessThanOrEqual(20);
  expect(refused).toBeLessThanOrEqual(20);
});

test("a version that turns the scores round is called worse in each of 20 logs of 3,000 decisions", {
  timeout: 120_000,
}, () => {
  for (let run = 0; run < 20; run++) {
    const next = uniformOf(seed(1_000 + run));
    const rates = Array.from({ length: ITEMS }, () => 0.05 + 0.4 * next());
    // A temperature of 0.4: the log explores enough to tell.
    const current = modelOf(rates, { noise: 0.05, s: 2 }, next);
    const candidate = { ...current, score: current.score.map((score) => 0.5 - score) };
    const { verdict, reasons } = findingOf(judged(3_000, rates, { log: current, current, candidate }, next), LOSS_MAX);
    expect(verdict, reasons.join()).toBe("worse");
  }
});

test("logs that hardly explore give no answer about a version that ranks the other way round", () => {
  for (let run = 0; run < 20; run++) {
    const next = uniformOf(seed(2_000 + run));
    const rates = Array.from({ length: ITEMS }, () => 0.05 + 0.4 * next());
    const current = modelOf(rates, { noise: 0.05, s: 0.05 }, next);
    const candidate = { ...current, score: current.score.map((score) => 0.5 - score) };
    const { verdict } = findingOf(judged(1_000, rates, { log: current, current, candidate }, next), LOSS_MAX);
    expect(verdict).toBe("unanswered");
  }
});
