import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { within } from "../../core/access/principal.ts";
import { PolicySettings } from "../../core/settings/policy.ts";
import { callerOf } from "../access/gate.ts";
import type { AppContext } from "../context.ts";
import { errorAnswers, NoQuery } from "../schemas/common.ts";
import { parameter, policyName } from "./query.ts";

const Name = Type.Object({ name: Type.String() });
const PolicyList = Type.Object({
  policies: Type.Array(Type.Object({ name: Type.String(), mode: Type.String(), modelVersion: Type.Integer() })),
});

export function policyRoutes(app: FastifyInstance, { policies, streams, ports }: AppContext): void {
  const tags = ["policies"];
  app.get(
    "/v1/policies",
    {
      schema: {
        operationId: "listPolicies",
        summary: "Every policy.",
        tags,
        querystring: NoQuery,
        response: { 200: PolicyList, ...errorAnswers },
      },
    },
    async (request) => ({
      policies: within(callerOf(request), policies.list()).map((name) => {
        const { mode } = policies.get(name).settings;
        return { name, mode, modelVersion: ports.models.status(name).serving };
      }),
    }),
  );
  app.get(
    "/v1/policies/:name",
    {
      schema: {
        operationId: "getPolicy",
        summary: "The settings of a policy in full.",
        tags,
        params: Name,
        querystring: NoQuery,
        response: { 200: PolicySettings, ...errorAnswers },
      },
    },
    async (request) => policies.get(policyName(parameter(request.params, "name"))).settings,
  );
  app.put(
    "/v1/policies/:name",
    {
      schema: {
        operationId: "putPolicy",
        summary: "Replaces what the owner wrote; fields left out get their defaults.",
        tags,
        params: Name,
        querystring: NoQuery,
        body: Type.Partial(PolicySettings, { examples: [{ mode: "apprentice", rewards: { click: 1, "*": 0 } }] }),
        response: { 200: PolicySettings, ...errorAnswers },
      },
    },
    async (request) => {
      const name = policyName(parameter(request.params, "name"));
      const settings = await policies.change(name, request.body);
      await streams.changed(policies.get(name));
      return settings;
    },
  );
}
