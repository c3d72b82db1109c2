/**
 * What the checks of a split see, and what they cannot. Two variants, 1:1, assigned by the product's own hash.
 *
 * The sample ratio counts units. A loss of 2 % of one variant's subjects moves its share from .5 to .49495: with n units
 * that is .01·√n standard errors, and the sequential test (p < .001, seen in 95 of 100 logs) needs n ≈ 350,000.
 * 10,000 subjects show a loss of 14 %. Exposures of known subjects do not add units: who lost 2 % of their decisions
 * is still there. That loss is seen by decisions per subject instead: with k exposures each (Poisson) it is √k standard
 * errors at 10,000 subjects, so k ≈ 40 is enough; where subjects differ much in how often they come, more are needed
 * (at a coefficient of variation of 1, 400,000 subjects however often they come).
 *
 * Everything is seeded, so each case has one outcome for ever. False alarms: both checks are at most .001 a split for
 * all looks together, 20 splits.
 */
import { describe, expect, it } from "vitest";
import { addToMultinomial, emptyMultinomial } from "../../../src/core/estimators/multinomial.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { type Uniform, uniformOf } from "../../../src/core/math/random.ts";
import { variantInFull } from "../../../src/core/settings/variants.ts";
import { assignmentOf } from "../../../src/core/variants/assign.ts";
import { Experiment, GRACE_MS } from "../../../src/core/variants/experiment.ts";
import { variantTable } from "../../../src/core/variants/table.ts";

const SUBJECTS = 10_000;
const T0 = 1_700_000_000_000;
const variants = ["control", "challenger"].map((name) => variantInFull({ name, weight: 1 }));
const seeded = (n: number) => uniformOf(n.toString(16).padStart(64, "0"));

const subjects = Array.from({ length: SUBJECTS }, (_, i) => `subject ${i}`);

interface Story {
  readonly salt: string;
  /** Exposures of subjects drawn at random, or without: decisions that are each their own unit. */
  readonly exposures: number;
  readonly alone?: boolean;
  readonly seed?: number;
  /** Which of a variant's never arrive, by the number of the exposure. */
  readonly lost?: (variant: number, i: number) => boolean;
}

function tableOf({ salt, exposures, alone = false, seed = 1, lost = () => false }: Story) {
  const assign = assignmentOf({ salt, variants });
  const assigned = alone ? [] : subjects.map(assign);
  const uniform = seeded(seed);
  const experiment = new Experiment();
  experiment.begin({ variants, salt, since: T0 });
  const { close: kind } = OperationKind;
  const decidedAt = T0 + GRACE_MS;
  for (let i = 0; i < exposures; i++) {
    const who = alone ? 0 : Math.floor(uniform() * SUBJECTS);
    const index = alone ? assign(`decision ${i}`) : assigned[who];
    if (lost(index, i)) continue;
    const subject = alone ? undefined : subjects[who];
    const variant = variants[index].name;
    // Field by field: a spread costs twice as much as all the rest.
    experiment.add({
      kind,
      decision: "d",
      learnedAt: 1,
      rewards: [],
      served: "model",
      subject,
      variant,
      decidedAt,
      at: T0,
    });
  }
  return variantTable(experiment);
}

describe("the checks of a split", () => {
  it("are silent on 10,000 subjects as they were assigned, under twenty salts", () => {
    for (let k = 0; k < 20; k++) {
      const { sampleRatio, exposures } = tableOf({ salt: `salt ${k}`, exposures: 3 * SUBJECTS, seed: k + 1 });
      expect({ salt: k, ratio: sampleRatio.state, visits: exposures.state }).toEqual({
        salt: k,
        ratio: "ok",
        visits: "ok",
      });
    }
  });

  it("are loud when 2 % of one variant's exposures are lost: 10,000 subjects of 50 exposures each", () => {
    const story = { salt: "home", exposures: 50 * SUBJECTS, seed: 77 };
    const silent = tableOf(story);
    expect(silent.exposures.state).toBe("ok");
    expect(silent.exposures.detectable).toBeLessThan(0.02);
    const loud = tableOf({ ...story, lost: (variant, i) => variant === 1 && (i * 7919) % 50 === 0 });
    expect(loud.exposures.state).toBe("alarm");
    // Nobody is missing, and the count of subjects says so.
    expect(loud.sampleRatio.state).toBe("ok");
  });

  it("are loud when 2 % of one variant's units are lost: 400,000 units", () => {
    const story = { salt: "home", exposures: 400_000, alone: true };
    const silent = tableOf(story);
    expect(silent.sampleRatio.state).toBe("ok");
    expect(silent.sampleRatio.detectable).toBeLessThan(0.02);
    expect(tableOf({ ...story, lost: (variant, i) => variant === 1 && i % 50 === 0 }).sampleRatio.state).toBe("alarm");
  });

  it("say themselves that 10,000 units do not show 2 %, but 14 %", () => {
    const story = { salt: "home", exposures: SUBJECTS, alone: true };
    expect(tableOf(story).sampleRatio.detectable).toBeCloseTo(0.14, 2);
    expect(tableOf({ ...story, lost: (variant, i) => variant === 1 && i % 50 < 10 }).sampleRatio.state).toBe("alarm");
  });
});

describe("the sequential test of a ratio", () => {
  const run = (uniform: Uniform, share: number, n: number) => {
    let state = emptyMultinomial([0.5, 0.5]);
    for (let i = 0; i < n; i++) state = addToMultinomial(state, uniform() < share ? 0 : 1);
    return state.p;
  };

  it("errs in at most 5 % of 500 fair runs at the level .05, looked at after every unit (7 % allowed)", () => {
    let errors = 0;
    for (let k = 0; k < 500; k++) if (run(seeded(1000 + k), 0.5, 2000) < 0.05) errors++;
    expect(errors / 500).toBeLessThanOrEqual(0.07);
  });

  it("shows the loss that it calls detectable in 95 of 100 runs (at least 85 allowed: 10⁻⁴ below that)", () => {
    // 14 % of one of two variants at 10,000 units: its share falls to .86 / 1.86.
    let seen = 0;
    for (let k = 0; k < 100; k++) if (run(seeded(5000 + k), 0.86 / 1.86, 9300) < 0.001) seen++;
    expect(seen).toBeGreaterThanOrEqual(85);
  });
});
