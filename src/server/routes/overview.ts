import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { isObject } from "../../core/decide/check.ts";
import { BrigandError } from "../../core/errors.ts";
import { RANGES } from "../../core/insight/fold.ts";
import type { Views } from "../page/view.ts";
import { errorAnswers } from "../schemas/common.ts";
import { OverviewAnswer } from "../schemas/overview.ts";
import { policyName } from "./query.ts";

const Query = Type.Object(
  {
    policy: Type.String(),
    range: Type.Optional(
      Type.Union(
        RANGES.map((range) => Type.Literal(range)),
        { default: "recent" },
      ),
    ),
  },
  { additionalProperties: false },
);

/** The numbers of the page as JSON. */
export function overviewRoutes(app: FastifyInstance, views: Views): void {
  app.get(
    "/v1/overview",
    {
      schema: {
        operationId: "getOverview",
        summary:
          "What the page at / shows of a policy: rates with intervals over time, variants, health, alarms, budgets.",
        tags: ["operations"],
        querystring: Query,
        response: { 200: OverviewAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const query = isObject(request.query) ? request.query : {};
      const range = RANGES.find((known) => known === (query.range ?? "recent"));
      if (range === undefined)
        throw new BrigandError("CB_QUERY_INVALID", {
          path: "range",
          expected: `one of ${RANGES.join(", ")}`,
          came: JSON.stringify(String(query.range).slice(0, 64)),
        });
      const { policy, now, overview, model, redis, alarms, budgets } = await views.of({
        policy: policyName(query.policy),
        range,
      });
      return { policy, range, now, overview: overview ?? null, model, redis: redis ?? null, alarms, budgets };
    },
  );
}
