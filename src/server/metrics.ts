/** The numbers of deciding, as `/metrics` shows them. Labels are policies, codes and other names of ours. */
import type { FastifyBaseLogger } from "fastify";
import type { DecisionRecord } from "../core/log/records.ts";
import type { Clock } from "../ports/clock.ts";
import type { Counter, Metrics } from "../ports/metrics.ts";
import { PrivacyMetrics } from "./metricsPrivacy.ts";

/** One log line for faults of a kind in this time; the rest are counted. */
const FAULT_LOG_MS = 1000;

export const LATENCY_BUCKETS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
];

export class DecisionMetrics {
  private readonly byPolicy = new Map<string, { key: string; served: Counter; floor: Counter }>();
  private readonly decisions;
  private readonly faults;
  private readonly floorHits;
  private readonly wait;
  private readonly privacy: PrivacyMetrics;
  private readonly late: Counter;
  private readonly log: FastifyBaseLogger;
  private readonly clock: Clock;
  private readonly logged = new Map<string, number>();

  constructor(parts: { metrics: Metrics; log: FastifyBaseLogger; clock: Clock }) {
    const { metrics, log, clock } = parts;
    this.log = log;
    this.clock = clock;
    this.decisions = metrics.counter({
      name: "brigand_decisions_total",
      help: "Decisions by policy, who chose, and explorer.",
      labels: ["policy", "served", "explorer"],
    });
    this.faults = metrics.counter({
      name: "brigand_faults_total",
      help: "Faults of our own by place.",
      labels: ["place"],
    });
    this.floorHits = metrics.counter({
      name: "brigand_floor_hits_total",
      help: "Slots whose item was drawn at no more than twice the floor.",
      labels: ["policy"],
    });
    this.late = metrics
      .counter({ name: "brigand_undurable_total", help: "Decisions answered before their line was durable." })
      .with();
    this.privacy = new PrivacyMetrics(metrics);
    this.wait = metrics
      .histogram({
        name: "brigand_durable_wait_seconds",
        help: "From queued line to durable or deadline.",
        buckets: LATENCY_BUCKETS,
      })
      .with();
  }

  decided(record: DecisionRecord): void {
    const key = `${record.served} ${record.explorer}`;
    let cells = this.byPolicy.get(record.policy);
    if (cells === undefined || cells.key !== key) {
      const served = this.decisions.with(record.policy, record.served, record.explorer);
      cells = { key, served, floor: this.floorHits.with(record.policy) };
      this.byPolicy.set(record.policy, cells);
    }
    cells.served.add();
    if (record.noise !== undefined) this.privacy.spent(record.policy, record.noise, record.served !== "model");
    if (record.served !== "model") return;
    for (const propensity of record.propensity) if (propensity <= 2 * record.floor) cells.floor.add();
  }

  /** Counts a fault of our own; the first of a kind in a second is logged with its error. */
  fault(place: string, error?: unknown): void {
    this.faults.with(place).add();
    const now = this.clock.elapsed();
    if (now - (this.logged.get(place) ?? Number.NEGATIVE_INFINITY) < FAULT_LOG_MS) return;
    this.logged.set(place, now);
    this.log.error({ err: error, place }, "a fault of our own");
  }

  undurable(): void {
    this.late.add();
  }

  waited(ms: number): void {
    this.wait.observe(ms / 1000);
  }
}
