/** The gate on made-up logs whose truth is known by enumeration. */
import { describe, expect, it } from "vitest";
import { draw, pmfOfSlot, pmfsAlong } from "../../../src/core/explore/draw.ts";
import type { Scores } from "../../../src/core/explore/explorer.ts";
import { explorerOf } from "../../../src/core/explore/explorers.ts";
import { parametersOf } from "../../../src/core/explore/parameters.ts";
import { Comparison } from "../../../src/core/gate/comparison.ts";
import { countsOf, Foresight, judgedDecision, leftOutOf } from "../../../src/core/gate/judge.ts";
import { findingOf, isRefused, withTrial } from "../../../src/core/gate/verdict.ts";
import type { DecisionRecord } from "../../../src/core/log/records.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import { Experiment } from "../../../src/core/variants/experiment.ts";
import { trialOf } from "../../../src/core/variants/trial.ts";
import { scoresOf, seedNamed } from "../../conformance/explore/cases.ts";
import { decision } from "../logs/written.ts";

const EXPLORER = explorerOf("plackettLuce");
const PARAMETERS = parametersOf(EXPLORER);
const FLOOR = 0.01;
const ITEMS = ["a", "b", "c", "d"];
/** Click rate of each item at each position. */
const RATES = [0.1, 0.2, 0.3, 0.5];
const SLOTS = 2;
const S = [0.2, 0.2, 0.2, 0.2];

/** Good, average and bad: scores like the rates, all the same, the rates turned round. */
const good = scoresOf(RATES, S);
const even = scoresOf([0.2, 0.2, 0.2, 0.2], S);
const bad = scoresOf([0.5, 0.3, 0.2, 0.1], S);

function logged(number: number, scores: Scores): { record: DecisionRecord; reward: number[] } {
  const seed = seedNamed(`gate ${number}`);
  const law = { scores, explorer: EXPLORER, parameters: PARAMETERS, floor: FLOOR, slots: SLOTS };
  const { slots, propensity } = draw({ ...law, uniform: uniformOf(seed) });
  const clicks = uniformOf(seedNamed(`clicks ${number}`));
  const record = decision(`d${number}`, number, {
    ...{ explorer: EXPLORER.name, parameters: PARAMETERS, floor: FLOOR, seed, items: ITEMS, full: true },
    ...{ slots: [...slots], propensity: [...propensity], score: scores.score, uncertainty: scores.uncertainty },
    subject: `u${number % 997}`,
  });
  return { record, reward: [...slots].map((item) => (clicks() < RATES[item] ? 1 : 0)) };
}

/** Mean reward of a list by enumeration of all lists. */
function truthOf(scores: Scores): number {
  const law = { scores, explorer: EXPLORER, parameters: PARAMETERS, floor: FLOOR, slots: SLOTS };
  const first = pmfOfSlot(law, []);
  let value = 0;
  first.forEach((p, a) => {
    value += p * RATES[a];
    pmfOfSlot(law, [a]).forEach((q, b) => {
      value += p * q * RATES[b];
    });
  });
  return value;
}

function compare(n: number, by: { readonly log: Scores; readonly current: Scores; readonly candidate: Scores }) {
  const comparison = new Comparison();
  const foresight = new Foresight();
  for (let i = 0; i < n; i++) {
    const { record, reward } = logged(i, by.log);
    const predicted = foresight.of(record.score);
    const judged = judgedDecision(record, { ...by, predicted, reward });
    if (judged !== undefined) comparison.add(judged);
    foresight.learn(record, reward);
  }
  return comparison.value();
}

describe("the gate", () => {
  it("gives along a list what is given slot by slot", () => {
    const law = { scores: good, explorer: EXPLORER, parameters: PARAMETERS, floor: FLOOR, slots: 3 };
    const along = pmfsAlong(law, [2, 0, 3]);
    expect(along).toEqual([pmfOfSlot(law, []), pmfOfSlot(law, [2]), pmfOfSlot(law, [2, 0])]);
  });

  it("finds the value of both versions and their difference, and calls the better one better", () => {
    const compared = compare(4_000, { log: even, current: even, candidate: good });
    const [current, candidate] = [truthOf(even), truthOf(good)];
    expect(compared.decisions).toBe(4_000);
    expect(compared.subjects).toBe(997);
    // Four standard errors: a false alarm in 16,000 at a fixed seed.
    expect(Math.abs(compared.current.value - current)).toBeLessThan(4 * compared.current.se);
    expect(Math.abs(compared.candidate.value - candidate)).toBeLessThan(4 * compared.candidate.se);
    expect(Math.abs(compared.difference.value - (candidate - current))).toBeLessThan(4 * compared.difference.se);
    expect(Math.abs(compared.weight.value - 1)).toBeLessThan(4 * compared.weight.se);
    expect(findingOf(compared, 0.05)).toMatchObject({ verdict: "better", decisions: 4_000 });
  });

  it("refuses a worse version, to everybody and to a canary's share", () => {
    const finding = findingOf(compare(4_000, { log: even, current: even, candidate: bad }), 0.05);
    expect(finding.verdict).toBe("worse");
    for (const label of ["stable", "canary"] as const) expect(isRefused({ ...finding, label })).toBe(true);
  });

  it("lets the same model pass, whatever it is called", () => {
    const finding = findingOf(compare(1_000, { log: even, current: good, candidate: good }), 0);
    expect(finding).toMatchObject({ verdict: "notWorse", difference: { value: 0, low: 0, high: 0 } });
    expect(isRefused({ ...finding, label: "stable" })).toBe(false);
  });

  it("leaves it open where the log is short, which a canary may be and stable not", () => {
    const finding = findingOf(
      compare(400, { log: even, current: even, candidate: scoresOf([0.3, 0.1, 0.2, 0.35], S) }),
      0,
    );
    expect(finding.verdict).toBe("open");
    expect(isRefused({ ...finding, label: "stable" })).toBe(true);
    expect(isRefused({ ...finding, label: "canary" })).toBe(false);
  });

  it("gives no answer with few decisions, and says nothing of a policy without any", () => {
    const few = findingOf(compare(99, { log: even, current: even, candidate: good }), 0.05);
    expect(few).toMatchObject({
      verdict: "unanswered",
      reasons: expect.arrayContaining([expect.stringContaining("99 closed decisions")]),
    });
    const none = findingOf(new Comparison().value(), 0.05);
    expect(none).toMatchObject({ verdict: "nothing", decisions: 0 });
    expect(JSON.parse(JSON.stringify(none))).toEqual(none);
  });

  it("gives no answer about items that the log could not have shown", () => {
    const greedy = explorerOf("greedy");
    const comparison = new Comparison();
    for (let i = 0; i < 300; i++) {
      const fields = { explorer: "greedy", parameters: parametersOf(greedy), floor: 0, items: ITEMS, full: true };
      const record = decision(`d${i}`, i, {
        ...{ ...fields, seed: seedNamed(`greedy ${i}`), slots: [3, 2], propensity: [1, 1] },
        ...{ score: good.score, uncertainty: good.uncertainty },
      });
      const judged = judgedDecision(record, {
        ...{ current: good, candidate: bad, predicted: [0, 0, 0, 0], reward: [i % 2, 0] },
      });
      if (judged !== undefined) comparison.add(judged);
    }
    const finding = findingOf(comparison.value(), 0.05);
    expect(finding).toMatchObject({ verdict: "unanswered", unsupported: 1 });
    expect(finding.reasons.join()).toContain("could not have been shown");
  });

  it("leaves out lines that do not repeat their own draw, and what no model served in full", () => {
    const { record, reward } = logged(1, even);
    const given = { current: even, candidate: good, predicted: [0, 0, 0, 0], reward };
    expect(judgedDecision({ ...record, propensity: [0.9, 0.9] }, given)).toBeUndefined();
    const closed = { state: "closed", bySlot: [0, 0] } as const;
    expect(leftOutOf(record, closed)).toBeUndefined();
    expect(leftOutOf({ ...record, served: "baseline" }, closed)).toBe("served baseline");
    expect(leftOutOf({ ...record, full: false }, closed)).toBe("not logged in full");
    expect(leftOutOf(record, { state: "open" })).toBe("open");
  });

  it("reads how often an item was shown back from its column", () => {
    const shown = [0, 1, 7, 12_345];
    const candidates = Float32Array.from(shown.flatMap((n) => [0.5, Math.log1p(n)]));
    expect([...countsOf(decision("d", 0, { items: ITEMS, candidates, columns: 2 }), 1)]).toEqual(shown);
  });

  it("takes a canary's own decisions for an answer where the log has none, and for a refusal where they are worse", () => {
    const canary = { version: 4, share: 0.5, since: 2 };
    const trial = (rate: number) => {
      const experiment = new Experiment();
      const next = uniformOf(seedNamed("trial"));
      for (let i = 0; i < 6_000; i++) {
        const variant = i % 2 === 0 ? "default" : "default:4.2";
        const reward = next() < (i % 2 === 0 ? 0.5 : rate) ? 1 : 0;
        const close = { kind: 7 as const, decision: `d${i}`, learnedAt: 1, rewards: [reward], variant, reward, at: 0 };
        experiment.add({ ...close, served: "model", subject: `u${i}`, decidedAt: 10_000 + i });
      }
      return trialOf(experiment, canary);
    };
    const found = { ...findingOf(compare(10, { log: even, current: even, candidate: good }), 0.2) };
    expect(withTrial(found, undefined)).toBe(found);
    expect(withTrial(found, trial(0.5))).toMatchObject({ verdict: "notWorse", trial: { verdict: "open" } });
    expect(withTrial(found, trial(0.2))).toMatchObject({ verdict: "worse", trial: { verdict: "worse" } });
  });
});
