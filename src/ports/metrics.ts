/** Numbers about the process, for whoever collects them. Labels are few and never personal. */

export interface Counter {
  add(n?: number): void;
}

export interface Histogram {
  observe(value: number): void;
}

export interface Gauge {
  set(value: number): void;
}

/** One cell for each combination of label values; `with` is a lookup, so hot paths keep the cell. */
export interface Family<T> {
  with(...values: readonly string[]): T;
}

export interface MetricName {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** One reading of a gauge: label values in the order of `labels`. */
export interface Reading {
  readonly values: readonly string[];
  readonly value: number;
}

export interface Metrics {
  counter(metric: MetricName): Family<Counter>;
  /** @param metric buckets: upper bounds, ascending. */
  histogram(metric: MetricName & { readonly buckets: readonly number[] }): Family<Histogram>;
  /** Holds what was set last. */
  gauge(metric: MetricName): Family<Gauge>;
  /** Read when somebody collects. */
  gauge(metric: MetricName, read: () => Iterable<Reading>): void;
  /** Everything in the exposition format. */
  text(): Promise<string>;
  readonly contentType: string;
}
