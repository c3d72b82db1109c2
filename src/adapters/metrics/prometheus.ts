/**
 * Metrics in Prometheus' format. Cells are plain numbers that prom-client reads when somebody collects: its own
 * counters hash their labels at each call, which a hot path feels.
 */
import { collectDefaultMetrics, Counter as PromCounter, Gauge as PromGauge, Registry } from "prom-client";
import type { Counter, Family, Gauge, Histogram, MetricName, Metrics, Reading } from "../../ports/metrics.ts";
import { HistogramCell, histogramText } from "./histogram.ts";

/** Label combinations of one metric; the rest is counted under "other". */
const CELLS_MAX = 2000;

class CounterCell implements Counter {
  value = 0;

  add(n = 1): void {
    this.value += n;
  }
}

class GaugeCell implements Gauge {
  value = 0;

  set(value: number): void {
    this.value = value;
  }
}

/** @param processStats whether to add the process' own (CPU, memory, event loop, garbage collection). */
export function prometheus(options: { readonly processStats: boolean }): Metrics {
  const registry = new Registry();
  const histograms: (() => string)[] = [];
  if (options.processStats) collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    counter: (metric) => counter(registry, metric),
    histogram(metric) {
      const cells = family(metric, () => new HistogramCell(metric.buckets));
      histograms.push(() => histogramText(metric, cells.all));
      return cells;
    },
    gauge: (metric: MetricName, read?: () => Iterable<Reading>) => gauge(registry, metric, read),
    text: async () => (await registry.metrics()) + histograms.map((text) => text()).join(""),
  };
}

function counter(registry: Registry, metric: MetricName): Family<Counter> {
  const cells = family(metric, () => new CounterCell());
  const labelNames = [...(metric.labels ?? [])];
  new PromCounter({
    name: metric.name,
    help: metric.help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const { values, cell } of cells.all.values()) this.inc(labelled(labelNames, values), cell.value);
    },
  });
  return cells;
}

/** Without `read` the cells are what is read. */
function gauge(registry: Registry, metric: MetricName, read?: () => Iterable<Reading>): Cells<GaugeCell> {
  const labelNames = [...(metric.labels ?? [])];
  const cells = family(metric, () => new GaugeCell());
  const kept = () => Array.from(cells.all.values(), ({ values, cell }) => ({ values, value: cell.value }));
  new PromGauge({
    name: metric.name,
    help: metric.help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const { values, value } of (read ?? kept)()) this.set(labelled(labelNames, values), value);
    },
  });
  return cells;
}

function labelled(names: readonly string[], values: readonly string[]): { [name: string]: string } {
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}

export interface Cells<T> extends Family<T> {
  readonly all: ReadonlyMap<string, { readonly values: readonly string[]; readonly cell: T }>;
}

function family<T extends Counter | Gauge | Histogram>(metric: MetricName, make: () => T): Cells<T> {
  const all = new Map<string, { values: readonly string[]; cell: T }>();
  const cellOf = (values: readonly string[]): T => {
    const key = values.join("\u0000");
    const known = all.get(key);
    if (known !== undefined) return known.cell;
    if (all.size >= CELLS_MAX && values[0] !== "other") return cellOf((metric.labels ?? []).map(() => "other"));
    const cell = make();
    all.set(key, { values, cell });
    return cell;
  };
  return { all, with: (...values) => cellOf(values) };
}
