import type { FastifyInstance } from "fastify";
import { BrigandError } from "../../../core/errors.ts";
import type { AppContext } from "../../context.ts";
import { policyOfLoop } from "./door.ts";
import { BYTES, errorAnswers, ModelProperties, NOTHING, SignedQuery, tags, VersionParams } from "./schemas.ts";

/** The model that serves the loop. */
export function personalizerModelRoutes(app: FastifyInstance, { ports, policies }: AppContext): void {
  const serving = (policy: string) => ports.bundle(policy, ports.models.status(policies.use(policy).name).serving);
  app.get(
    path,
    {
      config,
      exposeHeadRoute: false,
      schema: {
        operationId: "personalizerGetModel",
        summary: "The serving model as ONNX.",
        tags,
        params,
        querystring: SignedQuery,
        response: { 200: BYTES, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const { model } = await serving(policyOfLoop(request));
      return reply.type("application/octet-stream").send(Buffer.from(model));
    },
  );
  app.get(
    "/:version/model/properties",
    {
      config,
      schema: {
        operationId: "personalizerModelProperties",
        summary: "When the serving model was made.",
        tags,
        params,
        response: { 200: ModelProperties, ...errorAnswers },
      },
    },
    async (request) => {
      const { created } = (await serving(policyOfLoop(request))).manifest;
      return { creationTime: created, lastModifiedTime: created };
    },
  );
  changeRoutes(app, { ports, policies });
}

const config = { personalizer: "InvalidModelImportFormat" } as const;
const params = VersionParams;
const path = "/:version/model";

function changeRoutes(app: FastifyInstance, { ports, policies }: Pick<AppContext, "ports" | "policies">): void {
  app.put(
    path,
    {
      config,
      schema: {
        operationId: "personalizerPutModel",
        summary: "Refused: models of the service cannot be read here.",
        tags,
        params,
        response: { 204: NOTHING, ...errorAnswers },
      },
    },
    async () => {
      const problem =
        "a model of Vowpal Wabbit cannot be served; import its logs, or push ONNX to /v1/models/{policy}/versions";
      throw new BrigandError("CB_DOOR_UNSUPPORTED", { call: "Importing a model through this door", problem });
    },
  );
  app.delete(
    path,
    {
      config,
      schema: {
        operationId: "personalizerResetModel",
        summary: "Serves the seed model, which knows nothing, until a version is pinned or unpinned.",
        tags,
        params,
        response: { 204: NOTHING, ...errorAnswers },
      },
    },
    async (request, reply) => {
      await ports.models.pin(policies.use(policyOfLoop(request)).name, 0);
      return reply.code(204).send();
    },
  );
}
