import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { within } from "../../core/access/principal.ts";
import { variantTable } from "../../core/variants/table.ts";
import { callerOf } from "../access/gate.ts";
import type { AppContext } from "../context.ts";
import { errorAnswers, NoQuery } from "../schemas/common.ts";
import { VariantsAnswer } from "../schemas/variants.ts";
import { parameter, policyName } from "./query.ts";

const Name = Type.Object({ name: Type.String() });

export function experimentRoutes(app: FastifyInstance, { policies, ports }: AppContext): void {
  const tags = ["experiments"];
  const table = (policy: string) => ({ policy, ...variantTable(ports.replica.state(policy).experiment) });
  app.get(
    "/v1/policies/:name/variants",
    {
      schema: {
        operationId: "getVariants",
        summary: "What each variant of a policy has earned since the variants last changed.",
        tags,
        params: Name,
        querystring: NoQuery,
        response: { 200: VariantsAnswer, ...errorAnswers },
      },
    },
    async (request) => table(policies.get(policyName(parameter(request.params, "name"))).name),
  );
  app.get(
    "/v1/experiments",
    {
      schema: {
        operationId: "listExperiments",
        summary: "The same for every policy that has variants.",
        tags,
        querystring: NoQuery,
        response: { 200: Type.Object({ experiments: Type.Array(VariantsAnswer) }), ...errorAnswers },
      },
    },
    async (request) => ({
      experiments: within(callerOf(request), policies.list())
        .filter((name) => policies.get(name).settings.variants.length > 0)
        .map(table),
    }),
  );
}
