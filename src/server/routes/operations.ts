import type { FastifyInstance } from "fastify";
import Type from "typebox";
import type { AppContext } from "../context.ts";
import { errorAnswers } from "../schemas/common.ts";

const tags = ["operations"];

/** Health and metrics: for probes and collectors. */
export function operationRoutes(app: FastifyInstance, { ports, condition }: AppContext): void {
  app.get(
    "/health/live",
    {
      schema: {
        operationId: "live",
        summary: "The process runs.",
        tags,
        response: { 200: Type.Object({ live: Type.Boolean() }) },
      },
    },
    async () => ({ live: true }),
  );
  const Ready = Type.Object({
    ready: Type.Boolean(),
    reason: Type.Optional(Type.String()),
    degraded: Type.Array(Type.Object({ part: Type.String(), reason: Type.String() }), {
      description:
        "What does not work while rankings go on: log (lines are refused), join (features stand still), learn (models do).",
    }),
  });
  app.get(
    "/health/ready",
    {
      schema: {
        operationId: "ready",
        summary: "Requests are welcome; not while models load or the process closes.",
        tags,
        response: { 200: Ready, 503: Ready },
      },
    },
    async (_request, reply) => {
      const reason = ports.unready();
      const degraded = [...condition.degraded()];
      return reason === undefined
        ? { ready: true, degraded }
        : reply.code(503).header("retry-after", "1").send({ ready: false, reason, degraded });
    },
  );
  const Metrics = { description: "Samples.", content: { "text/plain": { schema: Type.String() } } };
  app.get(
    "/metrics",
    {
      schema: {
        operationId: "metrics",
        summary: "Prometheus' format.",
        tags,
        response: { 200: Metrics, ...errorAnswers },
      },
    },
    async (_request, reply) => reply.type(ports.metrics.contentType).send(await ports.metrics.text()),
  );
}
