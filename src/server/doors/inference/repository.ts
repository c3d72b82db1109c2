import type { FastifyInstance } from "fastify";
import { isObject, wrong } from "../../../core/decide/check.ts";
import { BrigandError } from "../../../core/errors.ts";
import { callerOf } from "../../access/gate.ts";
import { parameter } from "../../routes/query.ts";
import { optionalJson } from "./door.ts";
import type { InferParts } from "./infer.ts";
import { errorAnswers, IndexAnswer, IndexBody, LoadBody, NothingTold, paramsOf, tags } from "./schemas.ts";

/** Our states in the words of the extension. */
const STATES: { readonly [state: string]: string } = {
  READY: "READY",
  LOADING: "LOADING",
  WARMING: "LOADING",
  DRAINING: "UNLOADING",
};

/** The models folder: what is in it, look again, and what raw inference offers. */
export function repositoryRoutes(app: FastifyInstance, { context, offered }: InferParts): void {
  app.post(
    "/repository/index",
    {
      schema: {
        operationId: "inferenceIndex",
        summary: "Every version of every model and its state.",
        tags,
        body: IndexBody,
        response: { 200: IndexAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const body = optionalJson(request);
      if (!isObject(body)) throw wrong("The body", "an object, or empty", body);
      const all = offered.within(callerOf(request)).flatMap((name) =>
        offered.states(name).map(({ version, state, reason }) => ({
          name,
          version: String(version),
          ...(offered.isOffered(name) ? { state: STATES[state] ?? "UNAVAILABLE", reason } : UNLOADED),
        })),
      );
      return body.ready === true ? all.filter(({ state }) => state === "READY") : all;
    },
  );
  offerRoutes(app, { context, offered });
}

function offerRoutes(app: FastifyInstance, { context, offered }: InferParts): void {
  app.post(
    "/repository/models/:model/load",
    {
      schema: {
        operationId: "inferenceLoad",
        summary: "Looks into the models folder now and offers the model.",
        tags,
        params: paramsOf(false),
        body: LoadBody,
        response: { 200: NothingTold, ...errorAnswers },
      },
    },
    async (request) => {
      const line = offered.known(parameter(request.params, "model"), callerOf(request));
      const body = optionalJson(request);
      const parameters = isObject(body) ? (body.parameters ?? {}) : body;
      if (!isObject(parameters)) throw wrong("parameters", "an object", parameters);
      if (Object.keys(parameters).length > 0) throw new BrigandError("CB_DOOR_UNSUPPORTED", { ...WITH_FILES });
      await context.ports.models.lookNow(line);
      offered.load(line);
      return {};
    },
  );
  app.post(
    "/repository/models/:model/unload",
    {
      schema: {
        operationId: "inferenceUnload",
        summary: "Raw inference stops offering the model until it is loaded; rankings go on with it.",
        tags,
        params: paramsOf(false),
        body: LoadBody,
        response: { 200: NothingTold, ...errorAnswers },
      },
    },
    async (request) => {
      optionalJson(request);
      offered.unload(offered.known(parameter(request.params, "model"), callerOf(request)));
      return {};
    },
  );
}

const UNLOADED = { state: "UNAVAILABLE", reason: "unloaded" };
const WITH_FILES = {
  call: "Loading with a configuration or files",
  problem: "versions are published whole, into DATA_DIR/models",
};
