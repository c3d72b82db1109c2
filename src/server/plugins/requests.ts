/** Counts and times every request by route and status, notes when it came, and refuses what is too much. */
import type { FastifyInstance } from "fastify";
import { BrigandError } from "../../core/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Counter, Histogram, Metrics } from "../../ports/metrics.ts";
import { LATENCY_BUCKETS } from "../metrics.ts";
import type { Admission } from "./admission.ts";

export interface RequestsOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly admission: Admission;
}

export function addRequests(app: FastifyInstance, options: RequestsOptions): void {
  const { clock, metrics, admission } = options;
  const counts = metrics.counter({
    name: "brigand_requests_total",
    help: "Requests by route and status.",
    labels: ["route", "status"],
  });
  const seconds = metrics.histogram({
    name: "brigand_request_seconds",
    help: "From a request's headers to its answer, by route.",
    labels: ["route"],
    buckets: LATENCY_BUCKETS,
  });
  const one = (name: string, help: string, read: () => number) =>
    metrics.gauge({ name, help }, () => [{ values: [], value: read() }]);
  one("brigand_requests_under_way", "Requests being answered.", () => admission.underWay);
  one("brigand_requests_limit", "Requests being answered from which on the next is refused.", () => admission.limit);

  const cells = new Map<string, { seconds: Histogram; counts: Map<number, Counter> }>();
  const cellsOf = (route: string) => {
    let known = cells.get(route);
    if (known === undefined) {
      known = { seconds: seconds.with(route), counts: new Map() };
      cells.set(route, known);
    }
    return known;
  };

  app.decorateRequest("arrivedAt", 0);
  const ended = () => admission.leave();
  const turnedAway = () => admission.turnAway();
  app.addHook("onRequest", (request, reply, done) => {
    request.arrivedAt = clock.elapsed();
    const welcome = admission.enter();
    // Comes once in any case; `once` would wrap each listener.
    reply.raw.on("close", welcome ? ended : turnedAway);
    if (welcome || request.url.startsWith("/health/")) done();
    else done(new BrigandError("CB_SERVER_BUSY", { maximum: `${admission.limit} requests at once` }));
  });
  app.addHook("onResponse", (request, reply, done) => {
    const route = cellsOf(request.routeOptions.url ?? "unknown");
    const status = reply.statusCode;
    let count = route.counts.get(status);
    if (count === undefined) {
      count = counts.with(request.routeOptions.url ?? "unknown", String(status));
      route.counts.set(status, count);
    }
    count.add();
    route.seconds.observe((clock.elapsed() - request.arrivedAt) / 1000);
    done();
  });
}
