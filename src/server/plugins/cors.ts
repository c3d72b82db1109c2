/** Pages of named origins may rank and send rewards from the browser; nothing else is told to any other origin. */
import type { FastifyInstance } from "fastify";

const PATHS = /^\/v1\/(rank|rewards|feedback|decisions\/[^/?]+\/activate)(\?|$)/;
const HEADERS = "authorization, content-type, x-api-key";
const DAY_S = "86400";

/** @param origins by comma; without them browsers refuse pages of other origins. Before the gate: a preflight has no key. */
export function addCors(app: FastifyInstance, origins: string | undefined): void {
  if (origins === undefined) return;
  const known = new Set(origins.split(","));
  app.addHook("onRequest", (request, reply, done) => {
    const { origin } = request.headers;
    if (origin === undefined || !known.has(origin) || !PATHS.test(request.url)) return done();
    // On the raw answer: a ranking is sent past the framework.
    reply.raw.setHeader("access-control-allow-origin", origin);
    reply.raw.setHeader("vary", "origin");
    if (request.method !== "OPTIONS") return done();
    reply
      .code(204)
      .header("access-control-allow-methods", "POST")
      .header("access-control-allow-headers", HEADERS)
      .header("access-control-max-age", DAY_S)
      .send();
  });
}
