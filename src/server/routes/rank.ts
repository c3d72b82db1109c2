import type { FastifyInstance } from "fastify";
import { PlainItems } from "../../core/decide/plainItems.ts";
import { type RankRequest, readRank } from "../../core/decide/rankRequest.ts";
import type { AppContext } from "../context.ts";
import { parseText, textOf } from "../plugins/body.ts";
import { errorAnswers, NoQuery } from "../schemas/common.ts";
import { RankAnswer, RankBody } from "../schemas/rank.ts";

const NO_BYTES = Buffer.alloc(0);

/** In a scope of its own: here bodies come as bytes, and are read together with their checks. */
export function rankRoutes(app: FastifyInstance, { decider, ports }: AppContext): void {
  const plain = new PlainItems(ports.random.nonce());
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.post(
    "/v1/rank",
    {
      schema: {
        operationId: "rank",
        summary: "Rank candidates: the list, its exact propensities, and who chose.",
        tags: ["deciding"],
        querystring: NoQuery,
        body: RankBody,
        response: { 200: RankAnswer, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const started = ports.stages === undefined ? 0 : performance.now();
      const bytes = Buffer.isBuffer(request.body) ? request.body : undefined;
      const asked = bytes === undefined ? readRank(undefined) : readBody(bytes, plain);
      ports.stages?.add("parse", started);
      const answer = await decider.rank(asked, { arrivedAt: request.arrivedAt, body: bytes ?? NO_BYTES });
      reply.type("application/json; charset=utf-8");
      return answer;
    },
  );
}

/** @throws what `parseText` and `readRank` throw */
function readBody(bytes: Buffer, plain: PlainItems): RankRequest {
  const text = textOf(bytes);
  // Escapes may hide half a pair of surrogates, which the usual way looks for.
  const body = text.includes("\\u") ? undefined : plain.read({ bytes, text });
  return body === undefined ? readRank(parseText(text)) : readRank(body.value, body.items);
}
