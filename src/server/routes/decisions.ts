import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { checkReach } from "../../core/access/principal.ts";
import { checkId, isObject } from "../../core/decide/check.ts";
import { BrigandError } from "../../core/errors.ts";
import type { RewardsFound } from "../../core/logs/entry.ts";
import { callerOf } from "../access/gate.ts";
import { activateDecision } from "../activate.ts";
import type { AppContext } from "../context.ts";
import { explained } from "../explain.ts";
import { errorAnswers, PolicyQuery } from "../schemas/common.ts";
import { parameter, policyOf } from "./query.ts";

/** Of the log that one explanation reads for rewards: about half a second; more is for the command line. */
const REWARDS_BYTES_MAX = 256 * 1024 * 1024;

const RewardsQuery = Type.Object(
  {
    rewards: Type.Optional(
      Type.String({ description: "true: its rewards too, for which the log since the decision is read." }),
    ),
  },
  { additionalProperties: false },
);
const NOT_LOOKED_FOR: RewardsFound = { final: { state: "unknown" }, received: [], complete: false };

const Params = Type.Object({ id: Type.String() });
const Decision = Type.Object(
  {
    decisionId: Type.String(),
    replay: Type.Object({ same: Type.Boolean(), items: Type.Array(Type.String()) }),
  },
  {
    additionalProperties: true,
    description:
      "The log line, its columns by name, the probabilities of every slot, the draw repeated, and its rewards where asked for.",
  },
);

export function decisionRoutes(app: FastifyInstance, context: AppContext): void {
  const { ports, lookup } = context;
  const tags = ["deciding"];
  app.get(
    "/v1/decisions/:id",
    {
      schema: {
        operationId: "getDecision",
        summary:
          "Explain a decision: features, scores, probabilities, and its draw repeated bit for bit; with rewards=true its rewards.",
        tags,
        params: Params,
        querystring: RewardsQuery,
        response: { 200: Decision, ...errorAnswers },
      },
    },
    async (request) => {
      const id = idOf(request.params);
      await ports.index.ready;
      const record = await lookup.read(id, ports.clock.now());
      if (record === undefined) throw new BrigandError("CB_DECISION_UNKNOWN");
      checkReach(callerOf(request), record.policy);
      const asked = isObject(request.query) && request.query.rewards === "true";
      const rewards = asked ? await ports.logs.rewards(record, REWARDS_BYTES_MAX) : NOT_LOOKED_FOR;
      const told = explained(record, { names: ports.replica.state(record.policy).schema.columns, rewards });
      return asked ? told : { ...told, rewards: undefined };
    },
  );
  app.post(
    "/v1/decisions/:id/activate",
    {
      schema: {
        operationId: "activateDecision",
        summary: "From now on a deferred decision counts.",
        tags,
        params: Params,
        querystring: PolicyQuery,
        response: { 204: Type.Null(), ...errorAnswers },
      },
    },
    async (request, reply) => {
      await activateDecision(context, idOf(request.params), {
        policy: policyOf(request.query),
        caller: callerOf(request),
      });
      return reply.code(204).send();
    },
  );
}

function idOf(params: unknown): string {
  const id = parameter(params, "id");
  checkId(id, "id");
  return id;
}
