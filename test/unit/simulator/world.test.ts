import { describe, expect, test } from "vitest";
import { createWorld } from "../../../src/core/simulator/world.ts";

const small = { seed: "unit", users: 40, items: 50 } as const;

describe("a world", () => {
  test("is the same again from the same options", () => {
    const [one, two] = [createWorld(small), createWorld(small)];
    for (let t = 0; t < 200; t++) {
      const [a, b] = [one.next(), two.next()];
      expect(a).toEqual(b);
      expect(one.rewards(a, one.best(a))).toEqual(two.rewards(b, two.best(b)));
    }
    expect(createWorld({ ...small, seed: "other" }).step(0)).not.toEqual(one.step(0));
  });

  test("tells a step alike whether walked to or asked for", () => {
    const walked = createWorld(small);
    const steps = Array.from({ length: 20 }, () => walked.next());
    const asked = createWorld(small);
    expect(asked.step(13)).toEqual(steps[13]);
    expect(asked.next()).toEqual(steps[0]);
  });

  test("fixes an item's outcome whatever is shown beside it", () => {
    const world = createWorld({ ...small, delayMs: 1000 });
    for (let t = 0; t < 200; t++) {
      const step = world.next();
      const ids = step.items.map(({ id }) => id);
      const together = world.rewards(step, ids);
      expect(ids.flatMap((id) => world.rewards(step, [id]))).toEqual(together);
    }
  });

  test("offers distinct candidates with declared features and no hidden ones", () => {
    const world = createWorld(small);
    for (let t = 0; t < 100; t++) {
      const { items } = world.next();
      expect(new Set(items.map(({ id }) => id)).size).toBe(20);
      for (const { features } of items) {
        expect(Object.keys(features)).toEqual(["genre", "maker", "price", "length", "freshness"]);
        expect(new Set(features.genre).size).toBe(features.genre.length);
      }
    }
  });

  test("lists as best the candidates of largest expectation", () => {
    const world = createWorld(small);
    const step = world.next();
    const best = world.best(step, 3);
    const rest = step.items.map(({ id }) => id).filter((id) => !best.includes(id));
    const values = best.map((id) => world.expected(step, id));
    expect(values).toEqual([...values].sort((a, b) => b - a));
    for (const id of rest) expect(world.expected(step, id)).toBeLessThanOrEqual(values[2]);
  });

  test("ranks its fixed list by the mean expectation over visits", () => {
    const world = createWorld({ ...small, items: 20 });
    const sums = new Map<string, number>();
    for (let t = 0; t < 4000; t++) {
      const step = world.next();
      for (const { id } of step.items) sums.set(id, (sums.get(id) ?? 0) + world.expected(step, id) / 4000);
    }
    const means = world.bestFixed({ steps: 4000 }).map((id) => sums.get(id) ?? 0);
    for (let i = 1; i < means.length; i++) expect(means[i]).toBeLessThan(means[i - 1] + 0.006);
  });

  test("discounts lower positions only when asked to", () => {
    const flat = createWorld(small);
    const steep = createWorld({ ...small, positionDecay: 0.5 });
    const step = flat.next();
    const shown = flat.best(step, 2);
    const [first, second] = shown.map((id) => flat.expected(step, id));
    expect(flat.expectedOf(step, shown)).toBeCloseTo(first + second, 12);
    expect(steep.expectedOf(step, shown)).toBeCloseTo(first + second / 2, 12);
  });

  test("refuses items that it does not have", () => {
    const world = createWorld(small);
    expect(() => world.expected(world.next(), "nobody")).toThrow("the world knows no nobody");
  });
});
