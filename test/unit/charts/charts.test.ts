import { describe, expect, it } from "vitest";
import { drawChart } from "../../../src/adapters/charts/charts.ts";
import { InsightFold } from "../../../src/core/insight/fold.ts";
import { overviewOf } from "../../../src/core/insight/overview.ts";
import { learned } from "../insight/rows.ts";

const BYTES_MAX = 30_000;

/** Two variants over twenty minutes, with a new version every minute. */
function overview(variants: readonly string[] = ["a", "b"]) {
  const fold = new InsightFold();
  for (let i = 0; i < 2400; i++) {
    const place = {
      decision: `d${i}`,
      variant: variants[i % variants.length],
      at: 1e12 + i * 500,
      modelVersion: Math.floor(i / 120),
    };
    fold.apply(
      learned({ ...place, candidates: 4, propensities: [0.25 + 0.2 * (i % 2)], rewards: [i % 3 === 0 ? 1 : 0] }),
    );
  }
  return overviewOf(fold, { policy: "p", range: "recent", partial: false, current: true });
}

describe("charts", () => {
  const looks = (["light", "dark"] as const).flatMap((theme) =>
    (["wide", "narrow"] as const).map((size) => ({ theme, size })),
  );

  it("are whole pictures of a few kilobytes in every look, without script and without addresses", () => {
    for (const look of looks) {
      for (const name of ["reward", "variants", "exploration"] as const) {
        const svg = drawChart(overview(), { name, ...look });
        expect(svg).toMatch(/^<svg [^>]*viewBox[\s\S]*<\/svg>$/);
        expect(svg).not.toMatch(/<script|NaN|undefined|href=/);
        expect(svg.length).toBeLessThan(BYTES_MAX);
      }
    }
  });

  it("name their lines at the lines, and the newest version at its tick", () => {
    const svg = drawChart(overview(), { name: "reward", theme: "light", size: "wide" });
    expect(svg).toContain(">served</text>");
    expect(svg).toContain(">uniform</text>");
    expect(svg).toContain(">v19</text>");
  });

  it("take names from outside as text", () => {
    const effects = [
      { name: "<img src=x>", mean: 1, low: 0.5, high: 1.5 },
      { name: "b", mean: 2 },
    ];
    const svg = drawChart(overview(["<i>", "b"]), { name: "effects", theme: "light", size: "wide", effects });
    expect(svg).not.toContain("<img");
    expect(drawChart(overview(["<i>", "b"]), { name: "variants", theme: "light", size: "wide" })).not.toContain("<i>");
  });

  it("are pictures without lines where there is nothing to draw", () => {
    const nothing = overviewOf(new InsightFold(), { policy: "p", range: "all", partial: false, current: true });
    for (const name of ["reward", "variants", "effects", "exploration"] as const) {
      expect(drawChart(nothing, { name, theme: "dark", size: "narrow" })).toMatch(/^<svg[\s\S]*<\/svg>$/);
    }
  });
});
