import { describe, expect, it } from "vitest";
import { packTree, unpackTree } from "../../../src/core/codec/tree.ts";
import { ratioEstimate } from "../../../src/core/estimators/ratio.ts";
import { intervalOf } from "../../../src/core/estimators/sequence.ts";
import { type CloseOperation, OperationKind } from "../../../src/core/join/operations.ts";
import { variantInFull } from "../../../src/core/settings/variants.ts";
import { Experiment, GRACE_MS, type SavedExperiment } from "../../../src/core/variants/experiment.ts";
import { UNITS_MIN, variantTable } from "../../../src/core/variants/table.ts";

const T0 = 1_700_000_000_000;
const two = ["control", "challenger"].map((name) => variantInFull({ name, weight: 1 }));

function closed(variant: string, reward: number, about: Partial<CloseOperation> = {}): CloseOperation {
  return {
    kind: OperationKind.close,
    decision: "d",
    learnedAt: 1,
    rewards: [reward],
    variant,
    served: "model",
    decidedAt: T0 + GRACE_MS,
    reward,
    at: T0,
    ...about,
  };
}

function begun(subjectsMax?: number): Experiment {
  const experiment = new Experiment({ experimentSubjectsMax: subjectsMax });
  experiment.begin({ variants: two, salt: "", since: T0 });
  return experiment;
}

/** `n` subjects a variant, each with the rewards of its index. */
function filled(
  experiment: Experiment,
  n: number,
  rewards: (variant: number, subject: number) => number[],
): Experiment {
  for (let i = 0; i < n; i++) {
    for (const [v, { name }] of two.entries())
      for (const reward of rewards(v, i)) experiment.add(closed(name, reward, { subject: `${name} ${i}` }));
  }
  return experiment;
}

describe("what variants have earned", () => {
  it("counts decisions, subjects and rewards of closed decisions that the model served", () => {
    const experiment = begun();
    experiment.add(closed("control", 2, { subject: "a" }));
    experiment.add(closed("control", 0, { subject: "a" }));
    experiment.add(closed("control", 1, { subject: "b" }));
    experiment.add(closed("control", 1));
    experiment.add(closed("challenger", 9, { served: "degraded" }));
    experiment.add(closed("challenger", 9, { served: "baseline" }));
    const [control, challenger] = variantTable(experiment).variants;
    expect(control).toMatchObject({ closed: 4, decisions: 4, subjects: 3, subjectsExact: true, reward: { value: 1 } });
    expect(challenger).toMatchObject({ closed: 2, decisions: 0, subjects: 0, verdict: "waiting" });
    expect(challenger.reward).toBeUndefined();
  });

  it("leaves out what is of no variant, of another time, of an import, or never counted", () => {
    const experiment = begun();
    experiment.add(closed("gone", 1));
    experiment.add(closed("control", 1, { decidedAt: T0 + GRACE_MS - 1 }));
    experiment.add(closed("control", 1, { served: "logged" }));
    experiment.add(closed("control", 1, { variant: undefined, decidedAt: undefined }));
    experiment.add(closed("control", 1, { learnedAt: undefined }));
    const table = variantTable(experiment);
    expect(table.variants[0].decisions).toBe(0);
    expect(table.elsewhere).toBe(4);
  });

  it("begins anew with another split", () => {
    const experiment = filled(begun(), 10, () => [1]);
    experiment.begin({ variants: [two[0]], salt: "", since: T0 + 1000 });
    expect(variantTable(experiment)).toMatchObject({
      since: T0 + 1000,
      variants: [{ name: "control", decisions: 0, share: 1 }],
      sampleRatio: { state: "none", p: 1 },
    });
  });

  it("is one row named default where the policy has no variants", () => {
    const experiment = new Experiment();
    experiment.add(closed("default", 3, { subject: "a", decidedAt: 5 }));
    expect(variantTable(experiment)).toMatchObject({
      variants: [{ name: "default", weight: 1, share: 1, decisions: 1, reward: { value: 3 }, verdict: "first" }],
      sampleRatio: { state: "none" },
    });
    expect(variantTable(experiment).since).toBeUndefined();
  });

  it("is the same, bit for bit, saved in the middle and gone on with", () => {
    const story = Array.from({ length: 900 }, (_, i) =>
      closed(two[(i * 7) % 2].name, (i % 5) / 3, { subject: i % 3 === 0 ? undefined : `s${(i * i) % 211}` }),
    );
    const [whole, first, second] = [begun(60), begun(60), new Experiment({ experimentSubjectsMax: 60 })];
    for (const one of story) whole.add(one);
    for (const one of story.slice(0, 500)) first.add(one);
    second.load(unpackTree(packTree(first.save())) as SavedExperiment);
    for (const one of story.slice(500)) second.add(one);
    expect(packTree(second.save())).toEqual(packTree(whole.save()));
    expect(variantTable(second)).toEqual(variantTable(whole));
  });
});

describe("the table of variants", () => {
  it("gives no interval before each variant has its units", () => {
    const few = variantTable(filled(begun(), UNITS_MIN - 1, (_, i) => [i % 2]));
    expect(few.variants[1]).toMatchObject({ reward: { value: expect.any(Number) }, verdict: "waiting" });
    expect(few.variants[1].reward?.low).toBeUndefined();
    expect(few.variants[1].difference).toBeUndefined();
    const enough = variantTable(filled(begun(), UNITS_MIN, (_, i) => [i % 2]));
    expect(enough.variants[1].reward?.low).toBeLessThan(0.5);
    expect(enough.variants[1]).toMatchObject({ verdict: "open", difference: { absolute: { value: 0 }, p: 1 } });
  });

  it("takes the spread over subjects, not over their decisions", () => {
    const once = variantTable(filled(begun(), 1000, (_, i) => [i % 2]));
    const tenTimes = variantTable(filled(begun(), 1000, (_, i) => new Array<number>(10).fill(i % 2)));
    const estimate = { value: 0.5, se: Math.sqrt(0.25 / 999), n: 1000 };
    expect(once.variants[0].reward?.low).toBeCloseTo(intervalOf(estimate).low, 9);
    expect(tenTimes.variants[0].reward?.low).toBeCloseTo(intervalOf({ ...estimate, n: 10_000 }).low, 9);
  });

  it("is that of the delta method where subjects decide differently often", () => {
    const units = Array.from({ length: 300 }, (_, i) => ({ n: 1 + (i % 4), each: (i % 7) / 3 }));
    const table = variantTable(filled(begun(), 300, (_, i) => new Array<number>(units[i].n).fill(units[i].each)));
    const n = units.reduce((sum, unit) => sum + unit.n, 0);
    const mean = units.reduce((sum, unit) => sum + unit.n * unit.each, 0) / n;
    const spread = units.reduce((sum, unit) => sum + (unit.n * (unit.each - mean)) ** 2, 0);
    const se = Math.sqrt((spread * 300) / 299) / n;
    expect(table.variants[0].reward?.value).toBeCloseTo(mean, 12);
    expect(table.variants[0].reward?.high).toBeCloseTo(intervalOf({ value: mean, se, n }).high, 9);
  });

  it("calls a variant better or worse once 0 is outside of the interval", () => {
    const better = variantTable(filled(begun(), 500, (v, i) => [(i % 2) + v]));
    expect(better.variants.map(({ verdict }) => verdict)).toEqual(["first", "better"]);
    expect(better.variants[1].difference).toMatchObject({ absolute: { value: 1 }, relative: { value: 2 } });
    expect(variantTable(filled(begun(), 500, (v, i) => [(i % 2) - v])).variants[1].verdict).toBe("worse");
  });

  it("tells how many subjects had more than one variant", () => {
    const experiment = filled(begun(), 9, () => [1]);
    experiment.add(closed("challenger", 1, { subject: "control 0" }));
    expect(variantTable(experiment).crossed).toBeCloseTo(1 / 18, 12);
  });
});

describe("over its bound of subjects", () => {
  const rewards = (v: number, i: number) => new Array<number>(1 + (i % 3)).fill(((i * 13) % 10) / 10 + 0.05 * v);
  const whole = filled(begun(), 4000, rewards);
  const bounded = filled(begun(1000), 4000, rewards);

  it("keeps a sample within the bound, and sums stay exact", () => {
    expect(bounded.arms[0].subjects.size + bounded.arms[1].subjects.size).toBeLessThanOrEqual(1000);
    expect(bounded.arms[0].subjects.size).toBeGreaterThan(100);
    const [a, b] = [variantTable(whole), variantTable(bounded)];
    for (const v of [0, 1]) {
      expect(b.variants[v].decisions).toBe(a.variants[v].decisions);
      expect(b.variants[v].reward?.value).toBe(a.variants[v].reward?.value);
      expect(b.variants[v].subjectsExact).toBe(false);
    }
  });

  it("estimates subjects and spread from the sample, within five standard errors", () => {
    const [a, b] = [variantTable(whole), variantTable(bounded)];
    for (const v of [0, 1]) {
      const kept = bounded.arms[v].subjects.size;
      expect(Math.abs(b.variants[v].subjects / 4000 - 1)).toBeLessThan(5 / Math.sqrt(kept));
      const width = (table: typeof a) => (table.variants[v].reward?.high ?? 0) - (table.variants[v].reward?.low ?? 0);
      expect(Math.abs(width(b) / width(a) - 1)).toBeLessThan(5 / Math.sqrt(kept));
    }
  });

  it("has of each kept subject everything that it did", () => {
    for (const [subject, totals] of bounded.arms[1].subjects)
      expect(totals).toEqual(whole.arms[1].subjects.get(subject));
  });

  it("is exact without subjects, however many decisions come", () => {
    const experiment = begun(10);
    for (let i = 0; i < 2000; i++) experiment.add(closed(two[i % 2].name, i % 3));
    const [row] = variantTable(experiment).variants;
    expect(row).toMatchObject({ subjects: 1000, subjectsExact: true, decisions: 1000 });
    expect(row.reward?.value).toBe(ratioEstimate(experiment.arms[0].alone).value);
  });
});
