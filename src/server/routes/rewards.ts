import type { FastifyInstance } from "fastify";
import { callerOf } from "../access/gate.ts";
import type { AppContext } from "../context.ts";
import { acceptRewards } from "../rewards.ts";
import { BatchAnswerSchema, errorAnswers, PolicyQuery } from "../schemas/common.ts";
import { RewardsBody } from "../schemas/feedback.ts";
import { policyOf } from "./query.ts";

export function rewardRoutes(app: FastifyInstance, context: AppContext): void {
  app.post(
    "/v1/rewards",
    {
      schema: {
        operationId: "reward",
        summary: "Rewards for shown items, one or many. Answered once they survive power loss.",
        tags: ["feedback"],
        querystring: PolicyQuery,
        body: RewardsBody,
        response: { 202: BatchAnswerSchema, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const answer = await acceptRewards(context, request.body, {
        policy: policyOf(request.query),
        caller: callerOf(request),
      });
      return reply.code(202).send(answer);
    },
  );
}
