/** Pictures of a simulation's summary: reward rate by window, or cumulative reward, one line a ranker, as SVG. */
import * as echarts from "echarts";
import type { Estimate } from "../../core/simulator/student.ts";
import type { Summary } from "../../core/simulator/table.ts";

export interface RegretChartOptions {
  readonly title: string;
  /** `rate`: expected clicks a list in each window. `cumulative`: sum since the start. `regret`: the oracle's sum minus it. */
  readonly measure: "rate" | "cumulative" | "regret";
  /** Step at which the world changed; drawn as a vertical line. */
  readonly driftAt?: number;
  readonly width?: number;
  readonly height?: number;
}

/** Distinguishable for colour-blind readers (Okabe and Ito 2008). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const YARDSTICK = "#777777";
const INK = "#222222";
const MEASURES = {
  rate: "expected clicks a list",
  cumulative: "expected clicks so far",
  regret: "expected clicks behind the oracle",
} as const;

interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [step: number, mean: number])[];
  readonly band: readonly Estimate[];
}

/**
 * SVG text with light background; lines are labelled at their right end, bands are 95 % intervals over seeds.
 * Points sit at the middle of a window for `rate`, at its end otherwise.
 */
export function regretChart(summary: Summary, options: RegretChartOptions): string {
  const { title, measure, driftAt, width = 900, height = 480 } = options;
  const curves = curvesOf(summary, measure);
  const yardsticks = [summary.oracle, summary.reference];
  const learners = curves.map(({ name }) => name).filter((name) => !yardsticks.includes(name));
  const labelWidth = 24 + 7.5 * Math.max(...curves.map(({ name }) => name.length));
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: "#ffffff",
      title: {
        text: title,
        subtext: `${MEASURES[measure]}, ${summary.seeds} seeds${curves.some(banded) ? ", bands are 95 % intervals" : ""}`,
        left: 12,
        textStyle: { color: INK, fontSize: 16 },
        subtextStyle: { color: "#555555", fontSize: 12 },
      },
      grid: { left: 70, right: labelWidth, top: 92, bottom: 50 },
      xAxis: {
        type: "value",
        name: "step",
        nameLocation: "middle",
        nameGap: 28,
        min: 0,
        max: summary.steps,
        axisLabel: { color: INK },
        nameTextStyle: { color: INK },
        splitLine: { show: false },
      },
      yAxis: {
        type: "value",
        scale: measure === "rate",
        axisLabel: { color: INK },
        splitLine: { lineStyle: { color: "#e8e8e8" } },
      },
      series: [
        ...curves.flatMap((curve) => seriesOf(curve, learners.indexOf(curve.name))),
        ...(driftAt === undefined ? [] : [changeAt(driftAt)]),
      ],
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function curvesOf(summary: Summary, measure: RegretChartOptions["measure"]): Curve[] {
  const { rows, steps, windowSteps, oracle } = summary;
  const best = rows.find(({ name }) => name === oracle);
  return rows
    .filter(({ name }) => measure !== "regret" || name !== oracle)
    .map((row) => {
      const estimates = measure === "rate" ? row.rate : row.cumulative;
      const points = estimates.map(({ mean }, w) => {
        const [from, to] = [w * windowSteps, Math.min(steps, (w + 1) * windowSteps)];
        const value = measure === "regret" ? (best?.cumulative[w].mean ?? 0) - mean : mean;
        return [measure === "rate" ? (from + to) / 2 : to, value] as const;
      });
      // A band of the regret would have to be paired with the oracle's; the table has that interval.
      return { name: row.name, points, band: measure === "regret" ? [] : estimates };
    });
}

/** @param learner which colour; −1 for a yardstick. */
function seriesOf(curve: Curve, learner: number): object[] {
  const yardstick = learner === -1;
  const colour = yardstick ? YARDSTICK : COLOURS[learner % COLOURS.length];
  const line = {
    type: "line",
    name: curve.name,
    data: curve.points,
    symbol: "none",
    color: colour,
    lineStyle: { color: colour, width: yardstick ? 1.5 : 2.5, type: yardstick ? "dashed" : "solid" },
    endLabel: { show: true, formatter: curve.name, color: colour, fontSize: 13, distance: 6 },
    labelLayout: { moveOverlap: "shiftY" },
    z: 3,
  };
  return banded(curve) ? [line, ...bandOf(curve, colour)] : [line];
}

function changeAt(step: number): object {
  return {
    type: "line",
    data: [],
    markLine: {
      symbol: "none",
      silent: true,
      data: [{ xAxis: step }],
      lineStyle: { color: "#999999", type: "dotted", width: 1.5 },
      label: { formatter: "the world changes", color: "#555555", position: "end", rotate: 0, fontSize: 12 },
    },
  };
}

function banded({ band }: Curve): boolean {
  return band.some(({ low }) => low !== undefined);
}

/** Two stacked lines: an invisible floor at `low`, a filled strip of height `high` − `low`. */
function bandOf({ name, points, band }: Curve, colour: string): object[] {
  const common = {
    type: "line",
    stack: `band ${name}`,
    symbol: "none",
    lineStyle: { opacity: 0 },
    silent: true,
    stackStrategy: "all",
    z: 1,
  };
  return [
    { ...common, data: points.map(([x], w) => [x, band[w].low]) },
    {
      ...common,
      data: points.map(([x], w) => [x, (band[w].high ?? 0) - (band[w].low ?? 0)]),
      areaStyle: { color: colour, opacity: 0.15 },
    },
  ];
}
