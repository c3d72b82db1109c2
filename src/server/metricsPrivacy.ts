/** What private decisions have cost, by policy: never by subject. */
import type { NoiseRecord } from "../core/log/records.ts";
import type { Counter, Family, Gauge, Metrics } from "../ports/metrics.ts";

export class PrivacyMetrics {
  private readonly epsilon: Family<Counter>;
  private readonly last: Family<Gauge>;
  private readonly decisions: Family<Counter>;
  private readonly failures: Family<Counter>;

  constructor(metrics: Metrics) {
    const labels = ["policy"];
    this.epsilon = metrics.counter({
      name: "brigand_privacy_epsilon_total",
      help: "Pure epsilon of private decisions, summed over all requesters; not the budget of one.",
      labels,
    });
    this.last = metrics.gauge({
      name: "brigand_privacy_epsilon_last",
      help: "Pure epsilon of the last private decision; 0 where nothing personal acted.",
      labels,
    });
    this.decisions = metrics.counter({
      name: "brigand_privacy_decisions_total",
      help: "Private decisions by whether the private residual acted.",
      labels: ["policy", "personal"],
    });
    this.failures = metrics.counter({
      name: "brigand_privacy_delta_failures_total",
      help: "Private draws whose words all failed, so that the public order was served.",
      labels,
    });
  }

  spent(policy: string, { epsilon, personal }: NoiseRecord, failed: boolean): void {
    this.epsilon.with(policy).add(epsilon);
    this.last.with(policy).set(epsilon);
    this.decisions.with(policy, personal ? "yes" : "no").add();
    this.failures.with(policy).add(failed ? 1 : 0);
  }
}
