/**
 * A/A: both variants earn alike, and somebody looks all the time: after every decision, or every fourth where
 * there are many. 500 runs, seed of run r: 64 hex digits of
 * `SEED + r`; looks begin when each variant has UNITS_MIN units. An interval that ever excludes the truth has erred.
 * At a true rate of 5 % more than 7 % of 500 runs err with probability 1.6 % (binomial); seeds are fixed, so a run of
 * this file gives the same count for ever. A plain 95 % interval looked at so often errs in most runs, which is what
 * shows that the looking is real.
 */
import { describe, expect, it } from "vitest";
import { differenceOf } from "../../../src/core/estimators/difference.ts";
import { addUnit, emptyRatio, type Ratio, ratioEstimate } from "../../../src/core/estimators/ratio.ts";
import { ALPHA, type Estimate, intervalOf } from "../../../src/core/estimators/sequence.ts";
import { type Uniform, uniformOf } from "../../../src/core/math/random.ts";
import { UNITS_MIN } from "../../../src/core/variants/table.ts";

const RUNS = 500;
const SEED = 20_261_125;
const ERRORS_MAX = 0.07;

interface Regime {
  readonly name: string;
  readonly decisions: number;
  /** Subjects who come again; 0: each decision is by somebody new. */
  readonly subjects: number;
  /** Decisions from look to look. */
  readonly every: number;
  /** Chance of a reward for a subject whose own uniform is `taste`. */
  readonly chance: (taste: number) => number;
}

const regimes: readonly Regime[] = [
  { name: "everybody comes once, one in ten is rewarded", decisions: 4000, every: 1, subjects: 0, chance: () => 0.1 },
  {
    name: "600 subjects come again and again, all alike",
    decisions: 12_000,
    every: 4,
    subjects: 600,
    chance: () => 0.3,
  },
  {
    name: "600 subjects come again and again, tastes apart",
    decisions: 12_000,
    every: 4,
    subjects: 600,
    chance: (taste) => taste ** 2,
  },
];

interface Arm {
  ratio: Ratio;
}

describe("500 experiments in which nothing differs, looked at all the time", () => {
  for (const regime of regimes) {
    it(`err in at most 7 % of the runs: ${regime.name}`, () => {
      let difference = 0;
      let mean = 0;
      let plain = 0;
      for (let run = 0; run < RUNS; run++) {
        const erred = play(regime, uniformOf((SEED + run).toString(16).padStart(64, "0")));
        difference += erred.difference ? 1 : 0;
        mean += erred.mean ? 1 : 0;
        plain += erred.plain ? 1 : 0;
      }
      expect(difference / RUNS).toBeLessThanOrEqual(ERRORS_MAX);
      expect(mean / RUNS).toBeLessThanOrEqual(ERRORS_MAX);
      expect(plain / RUNS).toBeGreaterThan(0.15);
    });
  }
});

function play({ decisions, subjects, every, chance }: Regime, uniform: Uniform) {
  const arms: readonly Arm[] = [{ ratio: emptyRatio }, { ratio: emptyRatio }];
  const known = Array.from({ length: subjects }, () => ({
    arm: uniform() < 0.5 ? 0 : 1,
    taste: uniform(),
    n: 0,
    sum: 0,
  }));
  const truth = meanOf(chance);
  const erred = { difference: false, mean: false, plain: false };
  for (let i = 0; i < decisions; i++) {
    const unit = known[Math.floor(uniform() * subjects)] ?? {
      arm: uniform() < 0.5 ? 0 : 1,
      taste: uniform(),
      n: 0,
      sum: 0,
    };
    const arm = arms[unit.arm];
    if (unit.n > 0) arm.ratio = addUnit(arm.ratio, unit, -1);
    unit.n++;
    if (uniform() < chance(unit.taste)) unit.sum++;
    arm.ratio = addUnit(arm.ratio, unit);
    if (i % every !== 0 || arms[0].ratio.units < UNITS_MIN || arms[1].ratio.units < UNITS_MIN) continue;
    const [a, b] = [ratioEstimate(arms[0].ratio), ratioEstimate(arms[1].ratio)];
    const d = differenceOf(a, b);
    erred.difference ||= excludes(d, 0);
    erred.mean ||= excludes(a, truth);
    erred.plain ||= Math.abs(d.value) > 1.96 * d.se;
  }
  return erred;
}

function excludes(estimate: Estimate, truth: number): boolean {
  const { low, high } = intervalOf(estimate, ALPHA);
  return truth < low || truth > high;
}

/** Mean chance over tastes. */
function meanOf(chance: (taste: number) => number): number {
  const n = 10_000;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += chance((i + 0.5) / n);
  return sum / n;
}
