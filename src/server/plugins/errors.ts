/** One shape for every error: {code, message, hint, requestId}. What is not in the table is a fault of ours. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { BrigandError, type ErrorBody } from "../../core/errors.ts";

const RETRY_AFTER_S = 1;

export interface ErrorsOptions {
  /** Told of each error by its code. */
  readonly answered: (code: string) => void;
  /** Bound that CB_BODY_TOO_LARGE names. */
  readonly bodyBytesMax: number;
}

export function addErrors(app: FastifyInstance, options: ErrorsOptions): void {
  app.setErrorHandler((error: unknown, request, reply) => {
    const known = toBrigandError(error, request, options);
    if (known.status === 500) request.log.error({ err: error }, "a fault of our own");
    return answer(known, request, reply, options);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?")[0].slice(0, 100);
    const known = routesOf(app).join(", ");
    return answer(new BrigandError("CB_ROUTE_UNKNOWN", { came: `${request.method} ${path}`, known }), request, reply, options);
  });
}

/** An error's body; a table's status and, for 503, when to come again. */
function answer(error: BrigandError, request: FastifyRequest, reply: FastifyReply, options: ErrorsOptions): FastifyReply {
  options.answered(error.code);
  const { code, message, hint, status } = error;
  const body: ErrorBody = { code, message, hint, requestId: request.id };
  if (status === 503) reply.header("retry-after", String(RETRY_AFTER_S));
  return reply.code(status).type("application/json; charset=utf-8").serializer(JSON.stringify).send(body);
}

export function toBrigandError(error: unknown, request: FastifyRequest, options: { bodyBytesMax: number }): BrigandError {
  if (error instanceof BrigandError) return error;
  if (!(error instanceof Error)) return new BrigandError("CB_SERVER_FAILED");
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return new BrigandError("CB_BODY_TOO_LARGE", { maximum: options.bodyBytesMax });
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE" || code === "FST_ERR_CTP_INVALID_CONTENT_TYPE") {
    const came = request.headers["content-type"]?.slice(0, 100) ?? "none";
    return new BrigandError("CB_MEDIA_UNSUPPORTED", { expected: "application/json", came });
  }
  if ("validation" in error && Array.isArray(error.validation)) return invalid(error, error.validation);
  if ("statusCode" in error && typeof error.statusCode === "number" && error.statusCode < 500) {
    return new BrigandError("CB_REQUEST_INVALID", { problem: error.message.slice(0, 200) });
  }
  return new BrigandError("CB_SERVER_FAILED");
}

/** A schema's complaint, as one of ours. */
function invalid(error: object, problems: readonly { instancePath?: string; message?: string }[]): BrigandError {
  const [problem] = problems;
  const place = "validationContext" in error ? error.validationContext : "body";
  const path = problem?.instancePath?.slice(1).replaceAll("/", ".") || "The whole";
  const expected = (problem?.message ?? "valid").replace(/^must (be )?/, "");
  const code = place === "body" ? "CB_BODY_INVALID" : "CB_QUERY_INVALID";
  return new BrigandError(code, { path, expected, came: "something else" });
}

function routesOf(app: FastifyInstance): readonly string[] {
  return app.hasDecorator("routesKnown") ? app.routesKnown : [];
}

declare module "fastify" {
  interface FastifyInstance {
    /** "POST /v1/rank" and so on. */
    routesKnown: string[];
  }
}
