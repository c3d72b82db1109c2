/** The application's own parts, made once from its ports and handed to the routes. */

import type { Counter, Family } from "../ports/metrics.ts";
import { Condition } from "./condition.ts";
import { Deadlines } from "./deadlines.ts";
import { Decider } from "./decide.ts";
import { Learning } from "./learning.ts";
import { Lookup } from "./lookup.ts";
import { DecisionMetrics } from "./metrics.ts";
import { Once } from "./once.ts";
import { Policies } from "./policies.ts";
import type { AppPorts } from "./ports.ts";
import { Streams } from "./streams.ts";

export interface AppContext {
  readonly ports: AppPorts;
  readonly policies: Policies;
  readonly streams: Streams;
  readonly lookup: Lookup;
  readonly decider: Decider;
  readonly metrics: DecisionMetrics;
  readonly condition: Condition;
  readonly learning: Learning;
  /** Rewards and events, accepted or rejected by code. */
  readonly counter: Family<Counter>;
  /** Told of each error that was answered, by its code. */
  readonly answered: (code: string) => void;
}

export function contextOf(ports: AppPorts): AppContext {
  const { bounds, clock, index, claims } = ports;
  const metrics = new DecisionMetrics(ports);
  const policies = new Policies({
    store: ports.policies,
    models: ports.models,
    policiesMax: bounds.policiesMax,
    failed: (error) => metrics.fault("settings", error),
  });
  const exists = (policy: string) => policies.find(policy) !== undefined;
  const streams = new Streams({
    wal: ports.wal,
    clock,
    openStreamsMax: bounds.openStreamsMax,
    walBytesMax: bounds.walBytesMax,
    exists,
    failed: (error) => metrics.fault("log", error),
    refused: (error) => condition.logFailed(error),
  });
  const learning = learningOf(ports, policies);
  const condition = conditionOf(ports, { streams, learning });
  const lookup = new Lookup({ index, claims, frames: ports.frames, exists, shownMax: bounds.shownMax });
  const deadlines = new Deadlines(() => clock.elapsed());
  const once = new Once({ index, claims, lookup, deadlines, clock });
  const decider = new Decider({ ports, policies, streams, lookup, deadlines, once, metrics, condition });
  const counter = ports.metrics.counter({
    name: "brigand_feedback_total",
    help: "Rewards and events by what became of them: accepted, or a code.",
    labels: ["outcome"],
  });
  const errors = ports.metrics.counter({
    name: "brigand_errors_total",
    help: "Errors answered, by code.",
    labels: ["code"],
  });
  const answered = (code: string) => errors.with(code).add();
  addGauges(ports, { streams, lookup, policies, condition });
  return { ports, policies, streams, lookup, decider, metrics, condition, learning, counter, answered };
}

/** Looks until it is stopped. */
function learningOf({ clock, replica, models }: AppPorts, policies: Policies): Learning {
  const learning = new Learning({
    clock,
    policies: () => policies.list(),
    learns: (policy) => replica.learns?.(policy),
    serving: (policy) => models.status(policy),
  });
  learning.start();
  return learning;
}

function conditionOf(ports: AppPorts, parts: Pick<AppContext, "streams" | "learning">): Condition {
  const { clock, replica, bounds } = ports;
  return new Condition(clock, {
    joinStillMs: () => (parts.streams.size > 0 ? replica.stillMs : undefined),
    learnWaitMs: () => parts.learning.waitMs,
    retrainIntervalMs: bounds.retrainIntervalMs,
  });
}

function addGauges(ports: AppPorts, parts: Pick<AppContext, "streams" | "lookup" | "policies" | "condition">): void {
  const { metrics, wal, index, bounds, replica, models } = ports;
  const one = (name: string, help: string, read: () => number) =>
    metrics.gauge({ name, help }, () => [{ values: [], value: read() }]);
  one("brigand_wal_bytes", "Bytes of all write-ahead segments on this machine.", () => wal.bytes());
  one("brigand_decision_index_entries", "Callers' decision ids that are remembered.", () => index.size);
  one("brigand_shown_entries", "Decisions whose shown items are remembered.", () => parts.lookup.size);
  one("brigand_open_streams", "Write-ahead streams open in this process.", () => parts.streams.size);
  one(
    "brigand_replica_lag_seconds",
    "Time since the features last followed every log to its end.",
    () => (replica.lagMs ?? 0) / 1000,
  );
  metrics.gauge(
    { name: "brigand_degraded", help: "1 for a part that does not work while rankings go on.", labels: ["part"] },
    () => parts.condition.degraded().map(({ part }) => ({ values: [part], value: 1 })),
  );
  metrics.gauge({ name: "brigand_bound", help: "Named bounds of this process.", labels: ["bound"] }, () =>
    Object.entries(bounds).flatMap(([bound, value]) => (typeof value === "number" ? [{ values: [bound], value }] : [])),
  );
  metrics.gauge({ name: "brigand_model_version", help: "Serving version by policy.", labels: ["policy"] }, () =>
    parts.policies.list().map((policy) => ({ values: [policy], value: models.status(policy).serving })),
  );
}
