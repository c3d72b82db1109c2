import type { FastifyInstance } from "fastify";
import { BrigandError } from "../../../core/errors.ts";
import type { AppContext } from "../../context.ts";
import { policyOfLoop } from "./door.ts";
import { errorAnswers, LogProperties, NOTHING, tags, VersionParams } from "./schemas.ts";

/** Calls that have no meaning here, and what to use. */
const REFUSED = [
  {
    ...{ method: "DELETE", path: "/:version/logs", operationId: "personalizerDeleteLogs", call: "Deleting all logs" },
    problem: "the log is what models and reports are made from; walRetentionMs bounds its age, erasure goes by subject",
  },
  {
    ...{ method: "POST", path: "/:version/logs/interactions", operationId: "personalizerLogInteractions" },
    ...{ call: "Logging interactions", problem: "rank decides and logs at once; brigand import takes logs of others" },
  },
  {
    ...{ method: "POST", path: "/:version/logs/observations", operationId: "personalizerLogObservations" },
    ...{ call: "Logging observations", problem: "rewards go to events/{eventId}/reward" },
  },
] as const;

export function personalizerLogRoutes(app: FastifyInstance, { ports, policies }: AppContext): void {
  const config = { personalizer: "InvalidRequest" } as const;
  const params = VersionParams;
  app.get(
    "/:version/logs/properties",
    {
      config,
      schema: {
        operationId: "personalizerLogProperties",
        summary: "From when to when the log has decisions of the loop.",
        tags,
        params,
        response: { 200: LogProperties, ...errorAnswers },
      },
    },
    async (request) => {
      const policy = policies.use(policyOfLoop(request)).name;
      for await (const { record } of ports.logs.entries({ policies: [policy], limit: 1 })) {
        const [from, to] = [record.at, ports.clock.now()].map((at) => new Date(at).toISOString());
        return { dateRange: { from, to } };
      }
      throw new BrigandError("CB_LOG_EMPTY");
    },
  );
  for (const { method, path, operationId, call, problem } of REFUSED) {
    app.route({
      method,
      url: path,
      config,
      schema: {
        operationId,
        summary: `Refused: ${problem}.`,
        tags,
        params,
        response: { 204: NOTHING, ...errorAnswers },
      },
      handler: async () => {
        throw new BrigandError("CB_DOOR_UNSUPPORTED", { call, problem });
      },
    });
  }
}
