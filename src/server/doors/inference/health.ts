import type { FastifyInstance } from "fastify";
import type { AppContext } from "../../context.ts";
import { Live, Ready, ServerMetadata, tags } from "./schemas.ts";

const METADATA = {
  name: "brigand",
  version: "1",
  extensions: ["model_repository", "binary_tensor_data", "model_configuration"],
};

export function healthRoutes(app: FastifyInstance, { ports }: AppContext): void {
  const schema = { operationId: "inferenceServer", summary: "The server and its extensions.", tags };
  app.get(
    "/",
    { prefixTrailingSlash: "no-slash", schema: { ...schema, response: { 200: ServerMetadata } } },
    async () => METADATA,
  );
  app.get("/", { prefixTrailingSlash: "slash", schema: { hide: true } }, async () => METADATA);
  app.get(
    "/health/live",
    { schema: { operationId: "inferenceLive", summary: "The process runs.", tags, response: { 200: Live } } },
    async () => ({ live: true }),
  );
  app.get(
    "/health/ready",
    {
      schema: {
        operationId: "inferenceReady",
        summary: "Models are loaded and requests are welcome.",
        tags,
        response: { 200: Ready, 503: Ready },
      },
    },
    async (_request, reply) => {
      if (ports.unready() === undefined) return { ready: true, live: true };
      return reply.code(503).header("retry-after", "1").send({ ready: false, live: true });
    },
  );
}
