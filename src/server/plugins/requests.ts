/** Counts and times every request by route and status, notes when it came, and refuses what is too much. */
import type { FastifyInstance } from "fastify";
import { BrigandError } from "../../core/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Counter, Histogram, Metrics } from "../../ports/metrics.ts";
import { LATENCY_BUCKETS } from "../metrics.ts";

export interface RequestsOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Requests under way at once. */
  readonly requestsMax: number;
}

export function addRequests(app: FastifyInstance, options: RequestsOptions): void {
  const { clock, metrics, requestsMax } = options;
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
  let underWay = 0;
  metrics.gauge({ name: "brigand_requests_under_way", help: "Requests being answered." }, () => [
    { values: [], value: underWay },
  ]);

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
  const ended = () => {
    underWay--;
  };
  app.addHook("onRequest", (request, reply, done) => {
    request.arrivedAt = clock.elapsed();
    underWay++;
    // Comes once in any case; `once` would wrap each listener.
    reply.raw.on("close", ended);
    if (underWay > requestsMax && !request.url.startsWith("/health/")) {
      done(new BrigandError("CB_SERVER_BUSY", { maximum: `${requestsMax} requests at once` }));
    } else done();
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
