import { describe, expect, test } from "vitest";
import { regretChart } from "../../../src/adapters/charts/regret.ts";
import { bestFixed, oracle, uniform } from "../../../src/core/simulator/rankers.ts";
import { simulate } from "../../../src/core/simulator/run.ts";
import { summarise } from "../../../src/core/simulator/table.ts";
import { createWorld } from "../../../src/core/simulator/world.ts";

async function summary(seeds: readonly string[]) {
  const runs = [];
  for (const seed of seeds) {
    const world = createWorld({ seed, users: 20, items: 30, driftAt: 50 });
    runs.push(
      await simulate({ world, steps: 100, rankers: [oracle(world), bestFixed(world, { steps: 100 }), uniform(seed)] }),
    );
  }
  return summarise(runs, { windowSteps: 20 });
}

describe("the picture of a simulation", () => {
  test.each(["rate", "cumulative", "regret"] as const)(
    "is an SVG that names every line at its end (%s)",
    async (measure) => {
      const svg = regretChart(await summary(["a", "b"]), { title: "Two small worlds", measure, driftAt: 50 });
      expect(svg.startsWith("<svg")).toBe(true);
      expect(svg).toContain("Two small worlds");
      for (const name of ["best fixed", "uniform", "the world changes"]) expect(svg).toContain(`>${name}</text>`);
      expect(svg).not.toContain("NaN");
      expect(svg.includes(">oracle</text>")).toBe(measure !== "regret");
      expect(svg.includes("95 % intervals")).toBe(measure !== "regret");
    },
  );

  test("draws no bands for a single seed", async () => {
    expect(regretChart(await summary(["a"]), { title: "One", measure: "rate" })).not.toContain("intervals");
  });
});
