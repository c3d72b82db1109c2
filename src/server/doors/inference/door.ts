/**
 * The Open Inference Protocol v2 with model repository and binary tensors: any serving client reads and calls a model.
 * It makes no decision, draws nothing and logs nothing; /v1/rank does. Errors are {error} with our code beside it.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { BrigandError } from "../../../core/errors.ts";
import type { AppContext } from "../../context.ts";
import { parseJson } from "../../plugins/body.ts";
import { tellWhen, toBrigandError } from "../../plugins/errors.ts";
import { healthRoutes } from "./health.ts";
import { inferRoutes } from "./infer.ts";
import { Offered } from "./offered.ts";
import { repositoryRoutes } from "./repository.ts";

/** Register in a scope of its own with the prefix /v2. */
export async function inferenceDoor(app: FastifyInstance, context: AppContext): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error: unknown, request, reply) => answer(error, { request, reply, context }));
  app.setNotFoundHandler({ preHandler: app.gateOfNoRoute }, (request, reply) => {
    const came = `${request.method} ${request.url.split("?")[0].slice(0, 100)}`;
    const known = "docs/migrating.md lists them";
    answer(new BrigandError("CB_ROUTE_UNKNOWN", { came, known }), { request, reply, context });
  });
  const offered = new Offered(context);
  healthRoutes(app, context);
  inferRoutes(app, { context, offered });
  repositoryRoutes(app, { context, offered });
}

function answer(
  thrown: unknown,
  { request, reply, context }: { request: FastifyRequest; reply: FastifyReply; context: AppContext },
): void {
  const known = toBrigandError(thrown, request);
  const { code, message: error, hint, status } = known;
  context.answered(code);
  if (status === 500) request.log.error({ err: thrown, requestId: request.id }, "a fault of our own");
  if (!request.raw.complete) reply.header("connection", "close");
  tellWhen(known, reply);
  const body = { error, code, hint, requestId: request.id };
  reply.code(status).type("application/json; charset=utf-8").send(JSON.stringify(body));
}

/** The body as it came, none as no bytes. */
export function bytesOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** The body's JSON, none as an empty object. @throws CB_BODY_NOT_JSON, CB_BODY_NOT_UTF8 */
export function optionalJson(request: FastifyRequest): unknown {
  const bytes = bytesOf(request);
  return bytes.byteLength === 0 ? {} : parseJson(bytes);
}
