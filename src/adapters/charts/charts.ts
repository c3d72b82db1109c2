/** Every chart of the page by its name. */
import type { Overview } from "../../core/insight/overview.ts";
import type { ChartLook, ChartName, Effect } from "../../ports/insight.ts";
import { effectsChart } from "./effects.ts";
import { lookOf } from "./looks.ts";
import { explorationChart, rewardChart, variantsChart } from "./overTime.ts";

export interface Drawing extends ChartLook {
  readonly name: ChartName;
  readonly effects?: readonly Effect[];
}

/** SVG text. Cost: 5 to 50 ms, and 0.3 s the first time for loading the library. */
export function drawChart(overview: Overview, { name, effects = [], ...asked }: Drawing): string {
  const look = lookOf(asked);
  if (name === "reward") return rewardChart(overview, look);
  if (name === "variants") return variantsChart(overview, look);
  if (name === "exploration") return explorationChart(overview, look);
  return effectsChart(effects, look);
}
