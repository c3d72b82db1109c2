/** Files that others wrote, and numbers that others (or other code) found in them. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { importanceOf, type LoggedDecision } from "../../../src/core/formats/decision.ts";
import { dsjson } from "../../../src/core/formats/dsjson.ts";
import { formatOf } from "../../../src/core/formats/formats.ts";
import { obp } from "../../../src/core/formats/obp.ts";
import { vw } from "../../../src/core/formats/vw.ts";
import { readText } from "../../conformance/formats/format.ts";
import { describeWithShared, sharedData } from "../../support/shared.ts";

function decisionsIn(file: string) {
  const text = readFileSync(sharedData(file), "utf8");
  const format = formatOf(text.split("\n").slice(0, 10));
  const told = readText(format, text);
  const decisions = told.entries.map((entry): LoggedDecision => {
    if (entry.kind !== "decision") throw new Error("the file has events");
    return entry.decision;
  });
  return { format, decisions, refused: told.refused, text };
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const rewards = (decisions: readonly LoggedDecision[]) =>
  decisions.flatMap(({ slots }) => slots.map(({ reward = Number.NaN }) => reward));

interface Case {
  readonly id: string;
  readonly input: { readonly file: string };
  readonly expected: {
    readonly n: number;
    readonly clicks: number;
    readonly min_propensity: number;
    readonly max_propensity: number;
    readonly by_position: { readonly [position: string]: readonly [number, number] };
    readonly to_uniform?: { readonly ips: number; readonly snips: number; readonly max_weight: number };
  };
}

describeWithShared("logs of Vowpal Wabbit and its joiner", ["joined", "vw"], () => {
  it("joined logs: a hundred decisions whose rewards are the mean of what was observed", () => {
    const { format, decisions, refused, text } = decisionsIn("joined/average_reward_100_interactions.json");
    expect(format).toBe(dsjson);
    expect(refused).toEqual([]);
    expect(decisions).toHaveLength(100);
    expect(-sum(rewards(decisions))).toBeCloseTo(-270.3000001, 7);
    text
      .trim()
      .split("\n")
      .forEach((line, i) => {
        const { o } = JSON.parse(line) as { o: { v?: number }[] };
        const values = o.flatMap(({ v }) => (v === undefined ? [] : [v]));
        expect(decisions[i].slots[0].reward).toBeCloseTo(sum(values) / values.length, 6);
      });
  });

  it("joined logs of deferred decisions: the seven that were activated, rewards of the apprentice's matches alone", () => {
    const { decisions, refused } = decisionsIn("joined/cb_deferred_actions_w_activations_and_apprentice_10.json");
    expect(refused).toEqual([]);
    expect(rewards(decisions)).toEqual([1, 0, 0, 0, 1, 0, 1]);
    expect(decisions.map(({ slots }) => slots[0].itemIndex)).toEqual([0, 1, 1, 1, 0, 1, 0]);
    expect(decisions.every(({ slots, skipLearn }) => slots[0].propensity === 0.5 && skipLearn === undefined)).toBe(
      true,
    );
  });

  it("a coffee log: 23 decisions, 12 taken, items by their tags", () => {
    const { decisions, refused } = decisionsIn("vw/dsjson_cb.json");
    expect(refused).toEqual([]);
    expect(decisions).toHaveLength(23);
    expect(sum(rewards(decisions))).toBe(12);
    expect(decisions[0].items.map(({ id }) => id)).toEqual(["Cappucino", "Cold brew", "Iced mocha", "Latte"]);
    expect(decisions[0].slots[0]).toMatchObject({
      itemIndex: 3,
      propensity: 0.05000000074505806,
      reward: 0,
      order: [3, 1, 0, 2],
    });
  });

  it("a decision service's log: 12 actions of nested namespaces, names of `_` left out", () => {
    const { decisions, refused } = decisionsIn("vw/decisionservice.json");
    expect(refused).toEqual([]);
    expect(decisions.map(({ items }) => items.length)).toEqual([12, 12, 12]);
    expect(rewards(decisions)).toEqual([1, 0, 1]);
    expect(decisions[0].slots[0].itemIndex).toBe(9);
    expect(decisions[0].context.User).toEqual({ _age: 0 });
    expect(Object.keys(decisions[0].context)).not.toContain("_synthetic");
  });

  it("text: 127 examples of Tom and Anna, each with one label of probability 1/7", () => {
    const { format, decisions, refused, text } = decisionsIn("vw/cb_load.dat");
    expect(format).toBe(vw);
    expect(refused).toEqual([]);
    expect(decisions).toHaveLength(text.match(/^shared/gm)?.length ?? 0);
    const costs = [...text.matchAll(/^0:([-\d.]+):/gm)].map(([, cost]) => Number(cost));
    expect(rewards(decisions)).toEqual(costs.map((cost) => 0 - cost));
    expect(decisions[0]).toMatchObject({
      context: { User: { user: "Tom", time_of_day: "morning" } },
      slots: [{ itemIndex: 4 }],
    });
    expect(decisions[0].items[2].features).toEqual({ Action: { article: "music" } });
  });

  it("text without a shared line, and without a label", () => {
    const { decisions, refused } = decisionsIn("vw/cb_test.ldf");
    expect(refused).toEqual([]);
    expect(decisions.map(({ items, slots }) => [items.length, slots.length])).toEqual([
      [3, 1],
      [2, 1],
      [2, 0],
    ]);
    expect(decisions[0].context).toEqual({ s_1: 1, s_2: 1 });
    expect(decisions[1].slots).toEqual([{ itemIndex: 1, propensity: 0.5, reward: 0 }]);
  });

  it("text of conditional bandits: a slot each", () => {
    const { decisions } = decisionsIn("vw/ccb_losses.txt");
    expect(decisions).toHaveLength(1);
    expect(decisions[0].slots).toMatchObject([
      { itemIndex: 2, propensity: 0.5, reward: 3 },
      { itemIndex: 0, propensity: 0.5, reward: 1 },
    ]);
  });
});

describeWithShared(
  "the Open Bandit Dataset",
  ["obd/random/men/men.csv", "obd/bts/men/men.csv", "known-answers/statistics.json"],
  () => {
    const { cases } = JSON.parse(readFileSync(sharedData("known-answers/statistics.json"), "utf8")) as {
      cases: Case[];
    };
    for (const { id, input, expected } of cases.filter(({ id }) => id === "obd-random-men" || id === "obd-bts-men")) {
      it(`${id}: rows, clicks, propensities, positions and off-policy values are the known ones`, () => {
        const { format, decisions, refused } = decisionsIn(input.file);
        expect(format).toBe(obp);
        expect(refused).toEqual([]);
        expect(decisions).toHaveLength(expected.n);
        const slots = decisions.map((decision) => decision.slots[0]);
        const p = slots.map(({ propensity = Number.NaN }) => propensity);
        expect(sum(rewards(decisions))).toBe(expected.clicks);
        expect(Math.min(...p)).toBe(expected.min_propensity);
        expect(Math.max(...p)).toBe(expected.max_propensity);
        for (const [position, [n, clicks]] of Object.entries(expected.by_position)) {
          const there = slots.filter((slot) => slot.position === Number(position));
          expect([there.length, sum(there.map(({ reward = 0 }) => reward))]).toEqual([n, clicks]);
        }
        const uniform = expected.to_uniform;
        if (uniform === undefined) return;
        const weights = decisions.map(({ items }, i) => 1 / items.length / p[i]);
        const weighed = sum(rewards(decisions).map((reward, i) => reward * weights[i]));
        expect(weighed / expected.n).toBeCloseTo(uniform.ips, 9);
        expect(weighed / sum(weights)).toBeCloseTo(uniform.snips, 9);
        expect(Math.max(...weights)).toBeCloseTo(uniform.max_weight, 6);
      });
    }
  },
);

it("pdrop of three quarters makes a decision count four times", () => {
  const line = '{"_label_cost":0,"_label_probability":1,"_labelIndex":0,"pdrop":0.75,"c":{"_multi":[{"f":1}]}}';
  const [entry] = readText(dsjson, line).entries;
  expect(entry.kind === "decision" && importanceOf(entry.decision)).toBe(4);
});
