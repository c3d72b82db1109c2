/** Charts over the time of decisions: reward of a list, by variant, and how much is explored. */
import type { Overview, Point } from "../../core/insight/overview.ts";
import type { Rate } from "../../core/insight/rates.ts";
import { type Line, lineSeries } from "./lines.ts";
import { DASHES, type Look, text, timeAxis, valueAxis } from "./looks.ts";
import { render } from "./render.ts";

/** Reward a list: served, and what a uniform ranking would have earned; a tick wherever a new version took over. */
export function rewardChart(overview: Overview, look: Look): string {
  const { palette } = look;
  const served = { name: "served", colour: palette.accent, dash: "solid", width: 2.4 };
  const uniform = { name: "uniform", colour: palette.reference, dash: "dashed", width: 1.6 };
  const lines: Line[] = [
    { ...served, points: pointsOf(overview, (point) => point.served) },
    { ...uniform, points: pointsOf(overview, (point) => point.uniform) },
  ];
  return render(look, overTime(overview, look, { lines, extra: [swaps(overview, look), open(overview, look)] }));
}

/** Reward a list of every variant. */
export function variantsChart(overview: Overview, look: Look): string {
  const lines = overview.variants.slice(0, look.palette.series.length).map(({ name }, index) => ({
    name,
    colour: look.palette.series[index],
    dash: DASHES[index],
    width: 2,
    points: pointsOf(overview, ({ variants }) => variants.find((own) => own.name === name)?.served ?? { n: 0 }),
  }));
  return render(look, overTime(overview, look, { lines, extra: [open(overview, look)] }));
}

/** Entropy, effective sample and floor hits, each as a share. */
export function explorationChart(overview: Overview, look: Look): string {
  const share = (read: (point: Point) => number | undefined) =>
    pointsOf(overview, (point) => {
      const value = read(point);
      return { n: point.lists, mean: value === undefined ? undefined : 100 * value };
    });
  const [entropy, effective, floor] = look.palette.series;
  const lines: Line[] = [
    { name: "entropy", colour: entropy, dash: DASHES[0], width: 2.2, points: share((point) => point.entropy) },
    { name: "eff. sample", colour: effective, dash: DASHES[1], width: 1.8, points: share((p) => p.effectiveShare) },
    { name: "floor hits", colour: floor, dash: DASHES[2], width: 1.8, points: share((point) => point.floorShare) },
  ];
  const axis = { min: 0, max: 100, interval: 25, axisLabel: { ...text(look), formatter: "{value} %" } };
  return render(look, overTime(overview, look, { lines, axis, extra: [] }));
}

interface Parts {
  readonly lines: readonly Line[];
  readonly axis?: object;
  readonly extra: readonly object[];
}

function overTime({ points }: Overview, look: Look, { lines, axis, extra }: Parts): object {
  const label = 16 + 7 * Math.max(4, ...lines.map(({ name }) => name.length));
  const span = { from: points[0]?.from ?? 0, to: points.at(-1)?.to ?? 1 };
  return {
    grid: { left: look.narrow ? 40 : 48, right: label, top: 14, bottom: 30 },
    xAxis: timeAxis(look, span),
    yAxis: [valueAxis(look, axis), { type: "value", min: 0, max: 1, show: false }],
    series: [...lines.flatMap(lineSeries), ...extra],
  };
}

function pointsOf({ points }: Overview, read: (point: Point) => Rate): Line["points"] {
  return points.map((point) => [(point.from + point.to) / 2, read(point)]);
}

/** A tick on the time axis for each stretch in which another version began to serve; the newest is named. */
function swaps({ points }: Overview, { palette, narrow }: Look): object {
  const marks = points.filter((point) => point.swaps > 0);
  const last = marks.at(-1);
  const data = marks.map((point) => ({
    value: [(point.from + point.to) / 2, 0.02],
    label: {
      show: point === last,
      formatter: `v${point.version}`,
      position: "top",
      color: palette.muted,
      fontSize: narrow ? 10 : 11,
    },
  }));
  return {
    type: "scatter",
    yAxisIndex: 1,
    symbol: "rect",
    symbolSize: [2, 9],
    color: palette.muted,
    data,
    silent: true,
    z: 4,
  };
}

/** Shades the time whose rewards may still come. */
function open({ openFrom, points }: Overview, { palette }: Look): object {
  const to = points.at(-1)?.to ?? 0;
  const from = Math.max(openFrom ?? to, points[0]?.from ?? 0);
  const data = from < to ? [[{ xAxis: from }, { xAxis: to }]] : [];
  return {
    type: "line",
    data: [],
    markArea: { silent: true, itemStyle: { color: palette.muted, opacity: 0.08 }, data },
  };
}
