/** Lines with their intervals as bands, labelled at the right end; the same for every chart over time. */
import type { Rate } from "../../core/insight/rates.ts";

/** A point of a line: middle of its stretch, value, and interval where there is one. */
export type LinePoint = readonly [at: number, rate: Rate];

export interface Line {
  readonly name: string;
  readonly points: readonly LinePoint[];
  readonly colour: string;
  readonly dash: string | readonly number[];
  readonly width: number;
}

/** echarts series of a line: the line itself with gaps where nothing can be said, and its band below it. */
export function lineSeries({ name, points, colour, dash, width }: Line): object[] {
  const line = {
    type: "line",
    name,
    data: points.map(([at, { mean }]) => [at, mean ?? "-"]),
    symbol: points.length < 3 ? "circle" : "none",
    symbolSize: 5,
    color: colour,
    lineStyle: { color: colour, width, type: dash },
    endLabel: {
      show: true,
      formatter: name,
      color: colour,
      fontSize: 12,
      fontFamily: "system-ui, sans-serif",
      distance: 6,
    },
    labelLayout: { moveOverlap: "shiftY" },
    z: 3,
  };
  return [line, ...runs(points).flatMap((run, index) => band(run, { id: `${name} ${index}`, colour }))];
}

/** Stretches of neighbouring points that have an interval. */
function runs(points: readonly LinePoint[]): LinePoint[][] {
  const found: LinePoint[][] = [];
  let run: LinePoint[] = [];
  for (const point of points) {
    if (point[1].low !== undefined) run.push(point);
    else if (run.length > 0) {
      found.push(run);
      run = [];
    }
  }
  return run.length > 0 ? [...found, run] : found;
}

/** Two stacked lines: an invisible one at `low`, a filled strip of height `high` − `low`. */
function band(run: readonly LinePoint[], { id, colour }: { id: string; colour: string }): object[] {
  const common = {
    type: "line",
    stack: id,
    symbol: "none",
    lineStyle: { opacity: 0 },
    silent: true,
    stackStrategy: "all",
    z: 1,
  };
  return [
    { ...common, data: run.map(([at, { low }]) => [at, low]) },
    {
      ...common,
      data: run.map(([at, { low = 0, high = 0 }]) => [at, high - low]),
      areaStyle: { color: colour, opacity: 0.16 },
    },
  ];
}
