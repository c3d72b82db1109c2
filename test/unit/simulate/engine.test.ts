import { describe, expect, test } from "vitest";
import type { Ranker } from "../../../src/core/simulator/run.ts";
import { simulate } from "../../../src/core/simulator/run.ts";
import { createWorld, type WorldOptions } from "../../../src/core/simulator/world.ts";
import { type EngineOptions, EngineRanker } from "../../../training/simulate/engine.ts";

const STEPS = 400;

/** Lists shown by an engine, and the engine. */
async function play(options: Partial<EngineOptions> = {}, world: Partial<WorldOptions> = {}) {
  const place = createWorld({ seed: "small", users: 20, items: 40, ...world });
  const engine = new EngineRanker(place, { name: "engine", seed: "draws", ...options });
  const lists: string[] = [];
  const watched: Ranker = {
    name: engine.name,
    rank(step) {
      const list = engine.rank(step);
      lists.push(list.join(" "));
      return list;
    },
    learn: (step, shown, rewards, at) => engine.learn(step, shown, rewards, at),
  };
  const [earned] = await simulate({ world: place, steps: STEPS, rankers: [watched] });
  return { lists, engine, earned };
}

describe("the engine in a simulated world", () => {
  test("shows the same lists for the same seeds", async () => {
    expect((await play()).lists).toEqual((await play()).lists);
  });

  test("draws otherwise with another seed or explorer, in the same world", async () => {
    const first = (await play()).lists;
    expect((await play({ seed: "others" })).lists).not.toEqual(first);
    expect((await play({ explorer: "epsilonGreedy" })).lists).not.toEqual(first);
  });

  test("starts from the seed model: the first list does not depend on what the items are worth", async () => {
    const first = (await play()).lists[0];
    expect((await play({}, { law: { quality: 3 } })).lists[0]).toBe(first);
  });

  test("learns every row that settled, with the clicks that came", async () => {
    const { engine, earned } = await play();
    const { counts } = engine.pipeline.join;
    const clicks = earned.realised.reduce((sum, value) => sum + value, 0);
    expect(counts).toMatchObject({
      decisions: STEPS,
      rewards: clicks,
      lateRewards: 0,
      danglingRewards: 0,
      notShownRewards: 0,
    });
    // The last decision settles two seconds after it, when nobody asks any more.
    expect(counts.rowsLearned).toBe(4 * (STEPS - 1));
    expect(engine.learner.rows).toBe(counts.rowsLearned);
  });

  test("corrects rows whose clicks come after they settled", async () => {
    const { engine, earned } = await play({}, { delayMs: 60_000 });
    const { counts } = engine.pipeline.join;
    expect(counts.corrections).toBeGreaterThan(0.8 * earned.realised.reduce((sum, value) => sum + value, 0));
    expect(counts).toMatchObject({ lateRewards: 0, danglingRewards: 0 });
  });

  test("has new parameters every `retrainEvery` decisions", async () => {
    const often = (await play({ retrainEvery: 1 })).lists;
    const never = (await play({ retrainEvery: STEPS + 1 })).lists;
    expect(often.slice(0, 2)).toEqual(never.slice(0, 1).concat(often[1]));
    expect(often).not.toEqual(never);
  });

  test("refuses explorers that do not exist and parameters out of range", () => {
    const world = createWorld({ seed: "small" });
    expect(() => new EngineRanker(world, { name: "x", seed: "x", explorer: "oracle" })).toThrow("oracle");
    expect(() => new EngineRanker(world, { name: "x", seed: "x", parameters: { kappa: -1 } })).toThrow("kappa");
  });
});
