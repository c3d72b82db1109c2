/** A histogram as an array of counts, and its lines in Prometheus' format. */
import type { Histogram, MetricName } from "../../ports/metrics.ts";

export class HistogramCell implements Histogram {
  /** Observations at or below each bound, not cumulated; the last is for the rest. */
  readonly counts: Float64Array;
  readonly buckets: readonly number[];
  sum = 0;

  constructor(buckets: readonly number[]) {
    this.buckets = buckets;
    this.counts = new Float64Array(buckets.length + 1);
  }

  observe(value: number): void {
    let i = 0;
    while (i < this.buckets.length && value > this.buckets[i]) i++;
    this.counts[i]++;
    this.sum += value;
  }
}

type Cell = { readonly values: readonly string[]; readonly cell: HistogramCell };

export function histogramText(metric: MetricName, cells: ReadonlyMap<string, Cell>): string {
  const lines = [`# HELP ${metric.name} ${metric.help}`, `# TYPE ${metric.name} histogram`];
  for (const { values, cell } of cells.values()) {
    const labels = (metric.labels ?? []).map((name, i) => `${name}="${escaped(values[i])}"`);
    const series = (suffix: string, extra: readonly string[], value: number) => {
      const all = [...labels, ...extra].join(",");
      lines.push(`${metric.name}${suffix}${all === "" ? "" : `{${all}}`} ${value}`);
    };
    let below = 0;
    for (let i = 0; i < cell.counts.length; i++) {
      below += cell.counts[i];
      series("_bucket", [`le="${i < cell.buckets.length ? cell.buckets[i] : "+Inf"}"`], below);
    }
    series("_sum", [], cell.sum);
    series("_count", [], below);
  }
  return `${lines.join("\n")}\n`;
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}
