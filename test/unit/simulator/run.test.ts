import { describe, expect, test } from "vitest";
import { bestFixed, oracle, uniform } from "../../../src/core/simulator/rankers.ts";
import { type Ranker, simulate } from "../../../src/core/simulator/run.ts";
import { createWorld } from "../../../src/core/simulator/world.ts";

const small = { seed: "run", users: 40, items: 50 } as const;

describe("a simulation", () => {
  test("pairs rankers on the same steps and the same luck", async () => {
    const steps = 200;
    const seen: string[][] = [[], []];
    const spies = seen.map((log, i): Ranker => {
      return {
        ...uniform("same"),
        name: `spy ${i}`,
        rank: (step) => (log.push(step.user.id), uniform("same").rank(step)),
      };
    });
    const [a, b] = await simulate({ world: createWorld(small), steps, rankers: spies });
    expect(seen[0]).toEqual(seen[1]);
    expect(a.realised).toEqual(b.realised);
    expect(a.expected).toEqual(b.expected);
  });

  test("never lets a ranker expect more than the oracle at any step", async () => {
    const world = createWorld({ ...small, driftAt: 100 });
    const [best, fixed, random] = await simulate({
      world,
      steps: 200,
      rankers: [oracle(world), bestFixed(world, { steps: 200 }), uniform("u")],
    });
    best.expected.forEach((value, t) => {
      expect(fixed.expected[t]).toBeLessThanOrEqual(value + 1e-12);
      expect(random.expected[t]).toBeLessThanOrEqual(value + 1e-12);
    });
  });

  test("delivers every click once, at its time, in order of time and before the next step", async () => {
    const told: { index: number; at: number; due: number; clicks: number }[] = [];
    const ranked: number[] = [];
    const delayMs = 7000;
    const world = createWorld({ ...small, delayMs });
    const spy: Ranker = {
      ...oracle(world),
      rank: (step) => {
        for (const { at } of told) expect(at).toBeLessThanOrEqual(step.at);
        ranked.push(step.at);
        return world.best(step);
      },
      learn: (step, shown, rewards, at) => {
        expect(shown).toEqual(world.best(step));
        for (const reward of rewards) expect(step.at + reward.delayMs).toBe(at);
        told.push({ index: step.index, at, due: ranked[ranked.length - 1], clicks: rewards.length });
      },
    };
    const [{ realised }] = await simulate({ world, steps: 300, rankers: [spy] });
    expect(told.reduce((sum, { clicks }) => sum + clicks, 0)).toBe(realised.reduce((sum, x) => sum + x, 0));
    expect(told.map(({ at }) => at)).toEqual(told.map(({ at }) => at).sort((a, b) => a - b));
    for (const { at, due } of told) expect(at).toBeGreaterThanOrEqual(due);
    for (let index = 0; index < 300; index++) expect(told.some((entry) => entry.index === index)).toBe(true);
  });

  test("refuses a list with an item twice or a stranger in it", async () => {
    const world = createWorld(small);
    const twice: Ranker = { name: "twice", rank: ({ items }) => [items[0].id, items[0].id], learn: () => undefined };
    await expect(simulate({ world, steps: 1, rankers: [twice] })).rejects.toThrow("twice showed item-");
    const stranger: Ranker = { name: "stranger", rank: () => ["nobody"], learn: () => undefined };
    await expect(simulate({ world, steps: 1, rankers: [stranger] })).rejects.toThrow("stranger showed nobody");
  });
});
