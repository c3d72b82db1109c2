import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { listTerms } from "../../../src/core/estimators/cascade.ts";
import { differenceOf, relativeDifferenceOf } from "../../../src/core/estimators/difference.ts";
import { addToMultinomial, emptyMultinomial } from "../../../src/core/estimators/multinomial.ts";
import { Normalised } from "../../../src/core/estimators/normalised.ts";
import { pearsonP } from "../../../src/core/estimators/pearson.ts";
import { emptyRatio, ratioEstimate } from "../../../src/core/estimators/ratio.ts";
import { anytimeP, type Estimate, intervalOf, rhoOf } from "../../../src/core/estimators/sequence.ts";
import { describeWithShared, sharedData } from "../../support/shared.ts";

const FILE = "known-answers/statistics.json";

// biome-ignore lint/suspicious/noExplicitAny: cases of many shapes
type Case = { readonly id: string; readonly tol: number; readonly input: any; readonly expected: any };

const cases = (pattern: RegExp): Case[] =>
  JSON.parse(readFileSync(sharedData(FILE), "utf8")).cases.filter(({ id }: Case) => pattern.test(id));

/** Within the absolute tolerance of the case. */
function near(came: number, { tol }: Case, expected: number): void {
  expect(Math.abs(came - expected)).toBeLessThanOrEqual(tol);
}

/** A plain mean from the sums of independent observations. */
function meanOf({ sum, n, squares }: { sum: number; n: number; squares: number }): Estimate {
  return ratioEstimate({ ...emptyRatio, units: n, n, sum, nn: n, ns: sum, ss: squares });
}

/** The reference takes p(1 − p) for proportions, without n / (n − 1). */
function proportionOf({ sum, n }: { sum: number; n: number }): Estimate {
  const value = sum / n;
  return { value, se: Math.sqrt((value * (1 - value)) / n), n };
}

describeWithShared("known answers of other programs", [FILE], () => {
  it("give ρ and the half-width of a confidence sequence", () => {
    const found = cases(/^gb-rho-/);
    expect(found).toHaveLength(3);
    for (const one of found) {
      const { alpha, tuning, n, s2 } = one.input;
      near(rhoOf(alpha, tuning), one, one.expected.rho);
      near(intervalOf({ value: 0, se: Math.sqrt(s2 / n), n }, alpha, tuning).high, one, one.expected.halfwidth);
    }
  });

  it("give a relative difference of proportions with its interval and p-value", () => {
    const [one] = cases(/^gb-seq-prop$/);
    const { control, treatment, alpha, tuning } = one.input;
    const difference = relativeDifferenceOf(proportionOf(control), proportionOf(treatment));
    const { low, high } = intervalOf(difference, alpha, tuning);
    near(difference.value, one, one.expected.effect);
    near(difference.se, one, one.expected.se);
    near(low, one, one.expected.ci[0]);
    near(high, one, one.expected.ci[1]);
    expect(anytimeP(difference, alpha, tuning) / one.expected.p).toBeCloseTo(1, 6);
  });

  it("give a difference of means, from sums, with its standard error", () => {
    const [one] = cases(/^gb-seq-1s-greater-abs$/);
    const { control, treatment } = one.input;
    const [a, b] = [control, treatment].map(({ sum, n, sum_squares: squares }) => meanOf({ sum, n, squares }));
    near(differenceOf(a, b).value, one, one.expected.effect);
    near(differenceOf(a, b).se, one, one.expected.se);
  });

  it("give the interval of a real experiment, and none where it has no variance", () => {
    const [real, without] = cases(/^asos-(036afc|329386)/);
    const { row } = real.input;
    const of = (arm: string) => {
      const n = Number(row[`count_${arm}`]);
      return { value: Number(row[`mean_${arm}`]), se: Math.sqrt(Number(row[`variance_${arm}`]) / n), n };
    };
    const difference = differenceOf(of("c"), of("t"));
    near(difference.value, real, real.expected.diff);
    near(difference.se, real, real.expected.se);
    near(intervalOf(difference).low, real, real.expected.cs95[0]);
    near(intervalOf(difference).high, real, real.expected.cs95[1]);
    near(pearsonP([Number(row.count_c), Number(row.count_t)], [0.5, 0.5]), real, real.expected.srm_p);
    const { count_c, count_t } = without.input.row;
    near(pearsonP([Number(count_c), Number(count_t)], [0.5, 0.5]), without, without.expected.srm_p);
    expect(intervalOf({ value: 1, se: Number.NaN, n: 10 })).toEqual({
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
    });
  });

  it("give the value of lists under another policy: plain, self-normalised, and doubly robust", () => {
    const [one] = cases(/^obp-slate-4x3$/);
    const { reward, action, pscore_cascade_b: b, pscore_cascade_e: e, q_hat: q, pi_e_conditional: pmf } = one.input;
    const conditional = (cascade: number[], row: number) => cascade[row] / (row % 3 === 0 ? 1 : cascade[row - 1]);
    const positions = new Normalised();
    const terms = [0, 3, 6, 9].map((first) => {
      const rows = [first, first + 1, first + 2];
      const list = {
        propensity: rows.map((row) => conditional(b, row)),
        reward: rows.map((row) => reward[row]),
        foreseen: rows.map((row) => q[row][action[row]]),
      };
      const probability = rows.map((row) => conditional(e, row));
      const expected = rows.map((row) =>
        pmf[row].reduce((sum: number, p: number, i: number) => sum + p * q[row][i], 0),
      );
      const found = listTerms({ probability, expected }, list);
      positions.add(found.weights, list.reward);
      return found;
    });
    near(terms.reduce((sum, { plain }) => sum + plain, 0) / 4, one, one.expected.rips);
    near(terms.reduce((sum, { robust }) => sum + robust, 0) / 4, one, one.expected.cascade_dr);
    near(positions.value(), one, one.expected.snrips);
  });

  it("give Pearson's p-values, leaving out what has no weight", () => {
    const found = cases(/^gb-srm-\d+$/);
    expect(found.length).toBeGreaterThanOrEqual(6);
    for (const one of found) near(pearsonP(one.input.observed, one.input.weights), one, one.expected.p);
    const [trap] = cases(/^gb-srm-zero-weight-trap$/);
    near(pearsonP(trap.input.observed, trap.input.weights), trap, trap.expected.typescript_p);
  });

  it("give the steps of the sequential multinomial test", () => {
    const found = cases(/^ssrm-(unit|batch)$/);
    expect(found).toHaveLength(2);
    for (const one of found) {
      let state = emptyMultinomial(one.input.p0, one.input.dirichlet_alpha);
      for (const [step, counts] of one.input.data.entries()) {
        for (const [index, count] of counts.entries())
          for (let i = 0; i < count; i++) state = addToMultinomial(state, index);
        near(Math.exp(state.logBayesFactor), one, one.expected.steps[step].bayes_factor);
        // The other program looks after each batch, we after each unit: the same where batches are of one unit.
        if (one.id === "ssrm-unit") near(state.p, one, one.expected.steps[step].p_value);
      }
    }
  });
});
