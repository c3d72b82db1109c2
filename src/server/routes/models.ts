import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { within } from "../../core/access/principal.ts";
import { checkInteger, checkKeys, isObject, wrong } from "../../core/decide/check.ts";
import { callerOf } from "../access/gate.ts";
import type { AppContext } from "../context.ts";
import { promote } from "../gate/promotion.ts";
import { errorAnswers, NoQuery } from "../schemas/common.ts";
import { ForceQuery, forceOf, parameter, policyName } from "./query.ts";

const Status = Type.Object({
  policy: Type.String(),
  serving: Type.Integer({ description: "0 is the seed model." }),
  pinned: Type.Optional(Type.Integer()),
  versions: Type.Array(Type.Object({ version: Type.Integer(), state: Type.String(), reason: Type.String() })),
});
const Params = Type.Object({ policy: Type.String() });
const PinBody = Type.Object(
  { version: Type.Integer({ minimum: 0 }) },
  { additionalProperties: false, examples: [{ version: 17 }] },
);
const FIELDS: ReadonlySet<string> = new Set(["version"]);

export function modelRoutes(app: FastifyInstance, { policies, ports }: AppContext): void {
  const tags = ["models"];
  const status = (policy: string) => ({ policy, ...ports.models.status(policy) });
  /** The policy's, and those of variants that learn on their own. */
  const linesOf = (policy: string) => [
    ...new Set([policy, ...policies.get(policy).arms.map(({ model }) => model.line)]),
  ];
  const named = (params: unknown) => policies.get(policyName(parameter(params, "policy"))).name;
  app.get(
    "/v1/models",
    {
      schema: {
        operationId: "listModels",
        summary: "Serving version and states of all versions, by policy.",
        tags,
        querystring: NoQuery,
        response: { 200: Type.Object({ models: Type.Array(Status) }), ...errorAnswers },
      },
    },
    async (request) => ({ models: within(callerOf(request), policies.list()).flatMap(linesOf).map(status) }),
  );
  app.post(
    "/v1/models/:policy/pin",
    {
      schema: {
        operationId: "pinModel",
        summary: "Serves this version until it is unpinned; as the label stable it is judged first.",
        tags,
        params: Params,
        querystring: ForceQuery,
        body: PinBody,
        response: { 200: Status, ...errorAnswers },
      },
    },
    async (request) => {
      const policy = named(request.params);
      const pin = { change: { stable: versionOf(request.body) }, reason: "pinned", force: forceOf(request.query) };
      await promote({ policy, settings: policies.get(policy).settings, ...pin }, ports);
      return status(policy);
    },
  );
  app.post(
    "/v1/models/:policy/unpin",
    {
      schema: {
        operationId: "unpinModel",
        summary: "Follows the newest version again.",
        tags,
        params: Params,
        querystring: NoQuery,
        response: { 200: Status, ...errorAnswers },
      },
    },
    async (request) => {
      const policy = named(request.params);
      await ports.models.unpin(policy);
      return status(policy);
    },
  );
}

function versionOf(body: unknown): number {
  if (!isObject(body)) throw wrong("The body", "an object with version", body);
  checkKeys(body, FIELDS, "The body");
  const { version } = body;
  checkInteger(version, "version", { min: 0, max: Number.MAX_SAFE_INTEGER });
  return version;
}
