/** Mean reward of a decision by variant with its interval: a row a variant, the first variant's mean as a line. */
import type { Effect } from "../../ports/insight.ts";
import { type Look, text, valueAxis } from "./looks.ts";
import { render } from "./render.ts";

const ROW_PX = 34;

export function effectsChart(shown: readonly Effect[], given: Look): string {
  const look = { ...given, height: 46 + ROW_PX * Math.max(1, shown.length) };
  const { palette } = look;
  const longest = Math.max(0, ...shown.map(({ name }) => name.length));
  const bars = shown.flatMap(({ name, low, high }) =>
    low === undefined || high === undefined ? [] : [barOf([low, name], [high, name])],
  );
  const first = shown[0]?.mean;
  return render(look, {
    grid: { left: Math.min(look.narrow ? 130 : 200, 24 + 7 * longest), right: 24, top: 8, bottom: 30 },
    xAxis: valueAxis(look, { scale: true }),
    yAxis: {
      type: "category",
      inverse: true,
      data: shown.map(({ name }) => name),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { ...text(look), color: palette.ink, width: 120, overflow: "truncate" },
    },
    series: [
      ...bars.map((bar) => ({ ...bar, lineStyle: { color: palette.accent, width: 3, opacity: 0.45 } })),
      {
        type: "scatter",
        symbolSize: 9,
        color: palette.accent,
        data: shown.map(({ name, mean }) => [mean, name]),
        z: 3,
      },
      {
        type: "line",
        data: [],
        markLine: {
          silent: true,
          symbol: ["none", "none"],
          lineStyle: { color: palette.reference, width: 1, type: "dashed" },
          label: { show: false },
          data: first === undefined ? [] : [{ xAxis: first }],
        },
      },
    ],
  });
}

function barOf(...ends: readonly (readonly [value: number, name: string])[]): object {
  return { type: "line", symbol: "none", silent: true, data: ends, z: 2 };
}
