/** One shape for every error: {code, message, hint, requestId}. What is not in the table is a fault of ours. */
import type { Duplex } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { BrigandError, type ErrorBody } from "../../core/errors.ts";
import { RateExceeded } from "../access/callers.ts";
import { callerOf } from "../access/gate.ts";
import { BatchRejected, type Rejection } from "../batch.ts";

const RETRY_AFTER_S = 1;

export interface ErrorsOptions {
  /** Told of each error by its code. */
  readonly answered: (code: string) => void;
}

export function addErrors(app: FastifyInstance, { answered }: ErrorsOptions): void {
  app.setErrorHandler((error: unknown, request, reply) => {
    answered(answerError(error, request, reply));
  });
  app.setNotFoundHandler({ preHandler: app.gateOfNoRoute }, (request, reply) => {
    const path = request.url.split("?")[0].slice(0, 100);
    const known = app.routesKnown.join(", ");
    answered(
      answerError(new BrigandError("CB_ROUTE_UNKNOWN", { came: `${request.method} ${path}`, known }), request, reply),
    );
  });
}

/** Answers with the error's body, its status and, for 503, when to come again; says which code it was. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): string {
  const known = toBrigandError(error, request);
  const { code, message, hint, status } = known;
  if (status === 500) request.log.error({ err: error, requestId: request.id }, "a fault of our own");
  // What is left of the body is not read, so the connection cannot go on.
  if (!request.raw.complete) reply.header("connection", "close");
  tellWhen(known, reply);
  const rejected = known instanceof BatchRejected ? known.rejected : undefined;
  const body: ErrorBody & { rejected?: readonly Rejection[] } = {
    code,
    message,
    hint: toldTo(request, known) ?? hint,
    requestId: request.id,
    rejected,
  };
  reply.code(status).type("application/json; charset=utf-8").send(JSON.stringify(body));
  return code;
}

/** When to come again, where that helps. */
export function tellWhen(error: BrigandError, reply: FastifyReply): void {
  if (error.status === 503) reply.header("retry-after", String(RETRY_AFTER_S));
  if (error instanceof RateExceeded) reply.header("retry-after", String(Math.ceil(error.waitMs / 1000)));
}

/** Hints that list policies list only those within the caller's reach. */
function toldTo(request: FastifyRequest, { code }: BrigandError): string | undefined {
  const { policies } = callerOf(request);
  if (policies === "all" || (code !== "CB_POLICY_UNKNOWN" && code !== "CB_POLICY_REQUIRED")) return undefined;
  return `Policies of this key: ${policies.join(", ") || "none"}.`;
}

/** The error itself where it is in the table; the framework's own by their codes; anything else is a fault of ours. */
export function toBrigandError(error: unknown, request: FastifyRequest): BrigandError {
  if (error instanceof BrigandError) return error;
  if (!(error instanceof Error)) return new BrigandError("CB_SERVER_FAILED");
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return new BrigandError("CB_BODY_TOO_LARGE", { maximum: request.routeOptions.bodyLimit ?? "the bound of" });
  }
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE" || code === "FST_ERR_CTP_INVALID_CONTENT_TYPE") {
    const came = request.headers["content-type"]?.slice(0, 100) ?? "none";
    return new BrigandError("CB_MEDIA_UNSUPPORTED", {
      expected: "application/json (rankings also as MessagePack, events also as NDJSON)",
      came,
    });
  }
  if ("statusCode" in error && typeof error.statusCode === "number" && error.statusCode < 500) {
    return new BrigandError("CB_REQUEST_INVALID", { problem: error.message.slice(0, 200) });
  }
  return new BrigandError("CB_SERVER_FAILED");
}

/** What is no HTTP at all, or too much of its head, has no request: the answer goes straight to the socket. */
export function refuseConnection(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const { code, message, hint } = new BrigandError("CB_REQUEST_INVALID", {
    problem: error.code ?? "it cannot be read",
  });
  const body = JSON.stringify({ code, message, hint, requestId: "none" });
  const head = `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`;
  socket.end(head + body);
}

declare module "fastify" {
  interface FastifyInstance {
    /** "POST /v1/rank" and so on. */
    routesKnown: string[];
  }
}
