/**
 * Metarank's API over our core: its callers change the host. A model is a policy of that name. Bodies are JSON whatever
 * their content type says, as there.
 */
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { checkReach } from "../../../core/access/principal.ts";
import { SLOTS_MAX } from "../../../core/decide/rankRequest.ts";
import { metarankItems } from "../../../core/doors/metarank/rankAnswer.ts";
import { readMetarankRank } from "../../../core/doors/metarank/rankBody.ts";
import { BrigandError } from "../../../core/errors.ts";
import { callerOf } from "../../access/gate.ts";
import type { AppContext } from "../../context.ts";
import { acceptFeedback } from "../../feedback.ts";
import { parseJson } from "../../plugins/body.ts";
import { parameter, policyName, policyOf } from "../../routes/query.ts";
import { errorAnswers, PolicyQuery } from "../../schemas/common.ts";
import { POLICY_HEADER } from "../loop.ts";
import {
  ExplainQuery,
  FeedbackAnswer,
  FeedbackBody,
  ModelParams,
  RankAnswer,
  RankBody,
  TrainAnswer,
  tags,
} from "./schemas.ts";
import { servedWeights } from "./weights.ts";

/** Register in a scope of its own. */
export async function metarankDoor(app: FastifyInstance, context: AppContext): Promise<void> {
  app.register(async (scope) => rankRoutes(scope, context));
  app.register(async (scope) => feedbackRoute(scope, context));
}

/** @throws CB_POLICY_NAME_INVALID, CB_ACCESS_POLICY */
function modelOf(request: FastifyRequest): string {
  const policy = policyName(parameter(request.params, "model"));
  checkReach(callerOf(request), policy);
  return policy;
}

function rankRoutes(app: FastifyInstance, context: AppContext): void {
  const { decider, policies, ports } = context;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.post(
    "/rank/:model",
    {
      schema: {
        operationId: "metarankRank",
        summary: "Metarank's rank: all items, those drawn first.",
        tags,
        params: ModelParams,
        querystring: ExplainQuery,
        body: RankBody,
        response: { 200: RankAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const { futureSkewMaxMs } = ports.bounds;
      const policy = modelOf(request);
      const asked = readMetarankRank(parseJson(body), { policy, now: ports.clock.now(), futureSkewMaxMs });
      const slots = policies.use(policy).settings.slots ?? Math.min(asked.items.length, SLOTS_MAX);
      const record = await decider.line(
        { ...asked, slots },
        {
          arrivedAt: request.arrivedAt,
          body,
          caller: callerOf(request),
        },
      );
      const explain = parameter(request.query, "explain") === "true";
      const items = metarankItems(record, explain ? ports.replica.state(policy).schema.columns : undefined);
      return { took: Math.round(ports.clock.elapsed() - request.arrivedAt), items };
    },
  );
  app.post(
    "/train/:model",
    {
      schema: {
        operationId: "metarankTrain",
        summary: "The serving model's weights: the worker trains by itself, so nothing has to be started.",
        tags,
        params: ModelParams,
        response: { 200: TrainAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const { name } = policies.get(modelOf(request));
      return servedWeights(await ports.bundle(name, ports.models.status(name).serving));
    },
  );
  recommendRoute(app);
}

function recommendRoute(app: FastifyInstance): void {
  app.post(
    "/recommend/:model",
    {
      schema: {
        operationId: "metarankRecommend",
        summary: "Refused: candidates come with the request here.",
        tags,
        params: ModelParams,
        response: errorAnswers,
      },
    },
    async () => {
      const problem = "it ranks candidates that the caller names; POST /rank/{model} with them";
      throw new BrigandError("CB_DOOR_UNSUPPORTED", { call: "Recommending without candidates", problem });
    },
  );
}

/** In a scope of its own: here bodies are streams, read line by line. */
function feedbackRoute(app: FastifyInstance, context: AppContext): void {
  const { ports } = context;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  app.post(
    "/feedback",
    {
      bodyLimit: ports.bounds.feedbackBytesMax,
      schema: {
        operationId: "metarankFeedback",
        summary: "Metarank's feedback: one event, an array, or one a line. Answered once they survive power loss.",
        tags,
        querystring: PolicyQuery,
        body: FeedbackBody,
        response: { 200: FeedbackAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      if (!(request.body instanceof Readable)) throw new BrigandError("CB_BODY_NOT_JSON", { problem: "it is empty" });
      const named = request.headers[POLICY_HEADER];
      const policy = policyOf(request.query) ?? (named === undefined ? undefined : policyName(named));
      const chunks = request.body.iterator({ destroyOnReturn: false });
      const { accepted, rejected } = await acceptFeedback(context, chunks, {
        policy,
        caller: callerOf(request),
        ndjson: false,
      });
      const tookMillis = Math.round(ports.clock.elapsed() - request.arrivedAt);
      const told = { status: rejected.length === 0 ? "ok" : "rejected", accepted, updated: 0, tookMillis };
      return rejected.length === 0 ? told : { ...told, rejected };
    },
  );
}
