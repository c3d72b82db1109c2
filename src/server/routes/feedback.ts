import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { BrigandError } from "../../core/errors.ts";
import { callerOf } from "../access/gate.ts";
import type { AppContext } from "../context.ts";
import { acceptFeedback } from "../feedback.ts";
import { BatchAnswerSchema, errorAnswers, PolicyQuery } from "../schemas/common.ts";
import { EventSchema } from "../schemas/feedback.ts";
import { policyOf } from "./query.ts";

export const NDJSON_TYPES = [
  "application/x-ndjson",
  "application/ndjson",
  "application/jsonl",
  "application/x-jsonlines",
];

/** In a scope of its own: here bodies are streams, whatever their type. */
export function feedbackRoutes(app: FastifyInstance, context: AppContext): void {
  app.removeAllContentTypeParsers();
  const types = ["application/json", ...NDJSON_TYPES];
  app.addContentTypeParser(types, (_request, payload, done) => done(null, payload));
  app.post(
    "/v1/feedback",
    {
      bodyLimit: context.ports.bounds.feedbackBytesMax,
      schema: {
        operationId: "feedback",
        summary: "Metarank events: item, user, ranking, interaction; one, an array, or one a line.",
        tags: ["feedback"],
        consumes: types,
        querystring: PolicyQuery,
        body: EventSchema,
        response: { 202: BatchAnswerSchema, ...errorAnswers },
      },
    },
    async (request, reply) => {
      if (!(request.body instanceof Readable)) throw new BrigandError("CB_BODY_NOT_JSON", { problem: "it is empty" });
      const ndjson = !(request.headers["content-type"] ?? "").startsWith("application/json");
      // Reading may stop early; the answer still has to go out over the same socket.
      const chunks = request.body.iterator({ destroyOnReturn: false });
      const answer = await acceptFeedback(context, chunks, {
        policy: policyOf(request.query),
        caller: callerOf(request),
        ndjson,
      });
      return reply.code(202).send(answer);
    },
  );
}
