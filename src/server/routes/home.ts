import type { FastifyInstance } from "fastify";

const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Brigand</title><meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body>
<h1>Brigand is running</h1>
<ul>
<li><a href="/docs">API</a></li>
<li><a href="/v1/policies">Policies</a></li>
<li><a href="/v1/models">Models</a></li>
<li><a href="/health/ready">Readiness</a></li>
<li><a href="/metrics">Metrics</a></li>
</ul>
</body>
</html>
`;

export function homeRoutes(app: FastifyInstance): void {
  app.get("/", { schema: { hide: true } }, async (_request, reply) =>
    reply.type("text/html; charset=utf-8").send(PAGE),
  );
}
