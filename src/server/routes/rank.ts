import type { FastifyInstance } from "fastify";
import { readRank } from "../../core/decide/rankRequest.ts";
import type { AppContext } from "../context.ts";
import { errorAnswers, NoQuery } from "../schemas/common.ts";
import { RankAnswer, RankBody } from "../schemas/rank.ts";

const NO_BYTES = new Uint8Array(0);

export function rankRoutes(app: FastifyInstance, { decider, ports }: AppContext): void {
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
      const body = readRank(request.body);
      ports.stages?.add("parse", started);
      const answer = await decider.rank(body, { arrivedAt: request.arrivedAt, body: request.bytes ?? NO_BYTES });
      reply.type("application/json; charset=utf-8");
      return answer;
    },
  );
}
