/**
 * Azure Personalizer's REST API over our core, at both of its base paths: its clients change their endpoint and nothing
 * else. Everything in this scope, errors and unknown paths too, answers in the service's shapes.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type PersonalizerCode, personalizerError } from "../../../core/doors/personalizer/errors.ts";
import { BrigandError } from "../../../core/errors.ts";
import type { AppContext } from "../../context.ts";
import { parseJson } from "../../plugins/body.ts";
import { tellWhen, toBrigandError } from "../../plugins/errors.ts";
import { parameter } from "../../routes/query.ts";
import { loopOf } from "../loop.ts";
import { configurationRoutes } from "./configuration.ts";
import { decidingRoutes } from "./deciding.ts";
import { evaluationRoutes } from "./evaluations.ts";
import { eventRoutes } from "./events.ts";
import { personalizerLogRoutes } from "./logs.ts";
import { personalizerModelRoutes } from "./model.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Code of a caller's mistake in this call of Personalizer's door. */
    personalizer?: PersonalizerCode;
  }
}

/** The policy of a request whose key and headers name none. */
export const PERSONALIZER_POLICY = "personalizer";
const VERSIONS: ReadonlySet<string> = new Set(["v1.0", "v1.1-preview.1", "v1.1-preview.2", "v1.1-preview.3"]);

/** Register in a scope of its own with the prefix /personalizer. */
export async function personalizerDoor(app: FastifyInstance, context: AppContext): Promise<void> {
  app.removeAllContentTypeParsers();
  const types = ["application/json", "application/octet-stream"];
  app.addContentTypeParser(types, { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error: unknown, request, reply) => answer(error, { request, reply, context }));
  app.setNotFoundHandler({ preHandler: app.gateOfNoRoute }, (request, reply) => {
    const known = "those of Personalizer's v1.0 and v1.1-preview.1 to .3; docs/migrating.md lists them";
    const came = `${request.method} ${request.url.split("?")[0].slice(0, 100)}`;
    answer(new BrigandError("CB_ROUTE_UNKNOWN", { came, known }), { request, reply, context });
  });
  app.addHook("preValidation", async (request) => {
    const version = parameter(request.params, "version");
    if (VERSIONS.has(version)) return;
    const known = [...VERSIONS].join(", ");
    throw new BrigandError("CB_ROUTE_UNKNOWN", { came: `version ${version.slice(0, 32)} of Personalizer`, known });
  });
  decidingRoutes(app, context);
  eventRoutes(app, context);
  configurationRoutes(app, context);
  evaluationRoutes(app, context);
  personalizerModelRoutes(app, context);
  personalizerLogRoutes(app, context);
}

function answer(
  error: unknown,
  { request, reply, context }: { request: FastifyRequest; reply: FastifyReply; context: AppContext },
): void {
  const known = toBrigandError(error, request);
  context.answered(known.code);
  if (known.status === 500) request.log.error({ err: error, requestId: request.id }, "a fault of our own");
  const ofCall = request.routeOptions.config.personalizer ?? "BadRequest";
  const { status, body } = personalizerError(known, { ofCall, requestId: request.id });
  if (!request.raw.complete) reply.header("connection", "close");
  tellWhen(known, reply);
  reply.code(status).type("application/json; charset=utf-8").send(JSON.stringify(body));
}

/** The policy that this request's loop is. @throws CB_POLICY_NAME_INVALID, CB_ACCESS_POLICY */
export function policyOfLoop(request: FastifyRequest): string {
  return loopOf(request, PERSONALIZER_POLICY);
}

/** The body as it came, none as no bytes. */
export function bytesOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** @throws CB_BODY_NOT_JSON, CB_BODY_NOT_UTF8 */
export function jsonOf(request: FastifyRequest): unknown {
  return parseJson(bytesOf(request));
}
