/** Every chart of the page by its name. */
import type { Overview } from "../../core/insight/overview.ts";
import type { ChartLook, ChartName } from "../../ports/insight.ts";
import { effectsChart } from "./effects.ts";
import { type Look, lookOf } from "./looks.ts";
import { explorationChart, rewardChart, variantsChart } from "./overTime.ts";

const DRAWING: { readonly [name in ChartName]: (overview: Overview, look: Look) => string } = {
  reward: rewardChart,
  variants: variantsChart,
  effects: effectsChart,
  exploration: explorationChart,
};

/** SVG text. Cost: 5 to 15 ms, and 0.3 s the first time for loading the library. */
export function drawChart(overview: Overview, chart: ChartLook & { readonly name: ChartName }): string {
  return DRAWING[chart.name](overview, lookOf(chart));
}
