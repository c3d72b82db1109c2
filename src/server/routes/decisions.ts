import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { checkId } from "../../core/decide/check.ts";
import { BrigandError } from "../../core/errors.ts";
import { RecordKind } from "../../core/log/records.ts";
import type { AppContext } from "../context.ts";
import { explained } from "../explain.ts";
import { placeOf } from "../placing.ts";
import { errorAnswers, NoQuery, PolicyQuery } from "../schemas/common.ts";
import { parameter, policyOf } from "./query.ts";

/** Of the log that one explanation reads for rewards: about half a second; more is for the command line. */
const REWARDS_BYTES_MAX = 256 * 1024 * 1024;

const Params = Type.Object({ id: Type.String() });
const Decision = Type.Object(
  {
    decisionId: Type.String(),
    replay: Type.Object({ same: Type.Boolean(), items: Type.Array(Type.String()) }),
  },
  {
    additionalProperties: true,
    description:
      "The log line, its columns by name, the probabilities of every slot, the draw repeated, and its rewards.",
  },
);

export function decisionRoutes(app: FastifyInstance, context: AppContext): void {
  const { ports, lookup, streams } = context;
  const tags = ["deciding"];
  app.get(
    "/v1/decisions/:id",
    {
      schema: {
        operationId: "getDecision",
        summary: "Explain a decision: features, scores, probabilities, rewards, and its draw repeated bit for bit.",
        tags,
        params: Params,
        querystring: NoQuery,
        response: { 200: Decision, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const id = idOf(request.params);
      await ports.index.ready;
      const record = await lookup.read(id, ports.clock.now());
      if (record === undefined) throw new BrigandError("CB_DECISION_UNKNOWN");
      const rewards = await ports.logs.rewards(record, REWARDS_BYTES_MAX);
      reply.header("x-content-type-options", "nosniff");
      return explained(record, { names: ports.replica.state(record.policy).schema.columns, rewards });
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
      const decision = idOf(request.params);
      const at = ports.clock.now();
      const { policy } = await placeOf(context, {
        decision,
        policy: policyOf(request.query),
        now: at,
        place: "the address",
      });
      await streams.of(policy).append({ kind: RecordKind.activate, decision, at }, "disk").durable;
      return reply.code(204).send();
    },
  );
}

function idOf(params: unknown): string {
  const id = parameter(params, "id");
  checkId(id, "id");
  return id;
}
