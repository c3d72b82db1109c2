/** Cost by candidates and by stored numbers as a picture: two panels, microseconds of CPU a ranking. */
import { createRequire } from "node:module";

const SIZE = { width: 760, height: 300 };
const SHAPE = { items: 100, features: 64 };

/** @returns SVG text */
export async function plotOf(sweep) {
  const echarts = createRequire(import.meta.url)("echarts");
  const chart = echarts.init(null, undefined, { renderer: "svg", ssr: true, ...SIZE });
  const by = (key, other) =>
    sweep
      .filter((row) => row[other] === SHAPE[other])
      .map((row) => [row[key], row.cpuMicros])
      .sort(([a], [b]) => a - b);
  const axis = (name) => ({
    type: "log",
    logBase: 2,
    name,
    nameLocation: "middle",
    nameGap: 28,
    min: "dataMin",
    max: "dataMax",
  });
  const panel = (i, data) => ({
    type: "line",
    xAxisIndex: i,
    yAxisIndex: i,
    data,
    symbolSize: 7,
    color: "#2563eb",
    label: { show: true, position: "top", formatter: ({ value }) => `${Math.round(value[1])}` },
  });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    title: [
      { text: "CPU µs a ranking by candidates (64 numbers)", left: 20, textStyle: { fontSize: 13 } },
      { text: "by stored numbers (100 candidates)", left: 400, textStyle: { fontSize: 13 } },
    ],
    grid: [
      { left: 60, top: 50, width: 290, height: 190 },
      { left: 440, top: 50, width: 290, height: 190 },
    ],
    xAxis: [
      { ...axis("candidates"), gridIndex: 0 },
      { ...axis("numbers"), gridIndex: 1 },
    ],
    yAxis: [
      { type: "value", gridIndex: 0 },
      { type: "value", gridIndex: 1 },
    ],
    series: [panel(0, by("items", "features")), panel(1, by("features", "items"))],
  });
  return chart.renderToSVGString();
}
