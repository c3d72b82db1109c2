/** Mean reward of a list by variant with its interval: a row a variant, the first variant's mean as a line. */
import type { Overview } from "../../core/insight/overview.ts";
import { type Look, text, valueAxis } from "./looks.ts";
import { render } from "./render.ts";

const ROW_PX = 34;

export function effectsChart({ variants }: Overview, given: Look): string {
  const shown = variants.filter(({ served }) => served.mean !== undefined);
  const look = { ...given, height: 46 + ROW_PX * Math.max(1, shown.length) };
  const { palette } = look;
  const longest = Math.max(0, ...shown.map(({ name }) => name.length));
  const bars = shown.flatMap(({ name, served: { low, high } }) =>
    low === undefined || high === undefined ? [] : [[{ coord: [low, name] }, { coord: [high, name] }]],
  );
  const first = shown[0]?.served.mean;
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
      {
        type: "scatter",
        symbolSize: 9,
        color: palette.accent,
        data: shown.map(({ name, served }) => [served.mean, name]),
        markLine: {
          silent: true,
          symbol: ["none", "none"],
          lineStyle: { color: palette.accent, width: 3, type: "solid", opacity: 0.45 },
          label: { show: false },
          data: bars,
        },
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
