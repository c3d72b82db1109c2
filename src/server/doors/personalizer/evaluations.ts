import type { FastifyInstance } from "fastify";
import { isObject, wrong } from "../../../core/decide/check.ts";
import {
  addDecision,
  type Evaluation,
  emptyResults,
  evaluationAnswer,
  readContract,
} from "../../../core/doors/personalizer/evaluation.ts";
import { BrigandError } from "../../../core/errors.ts";
import type { AppContext } from "../../context.ts";
import { Listings } from "../../logs.ts";
import { parameter } from "../../routes/query.ts";
import { jsonOf, policyOfLoop } from "./door.ts";
import {
  EvaluationBody,
  EvaluationParams,
  EvaluationSchema,
  errorAnswers,
  NOTHING,
  PolicyReferenceBody,
  tags,
  VersionParams,
} from "./schemas.ts";

/** One at a time: each reads the log in the process that ranks. */
const AT_ONCE_MAX = 1;

/** Offline evaluations: asked for at once, worked out beside the requests, kept until deleted. */
export function evaluationRoutes(app: FastifyInstance, context: AppContext): void {
  const { ports } = context;
  const config = { personalizer: "InvalidEvaluationContract" } as const;
  const params = VersionParams;
  const running = new Listings(AT_ONCE_MAX);
  const found = async (policy: string, id: string) => {
    const evaluation = await ports.evaluations.get(policy, id);
    if (evaluation !== undefined) return evaluation;
    const known = (await ports.evaluations.list(policy)).map((one) => one.id).join(", ") || "none";
    throw new BrigandError("CB_EVALUATION_UNKNOWN", { came: id.slice(0, 64), known });
  };
  app.post(
    "/:version/evaluations",
    {
      config,
      schema: {
        operationId: "personalizerCreateEvaluation",
        summary: "Judges the policy, the caller's first action and chance by the closed decisions of a time.",
        tags,
        params,
        body: EvaluationBody,
        response: { 201: EvaluationSchema, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const policy = policyOfLoop(request);
      const evaluation = await begin(context, { policy, running, body: jsonOf(request) });
      reply.header("location", `${request.url.split("?")[0]}/${evaluation.id}`);
      return reply.code(201).send(evaluationAnswer(evaluation));
    },
  );
  app.get(
    "/:version/evaluations",
    {
      config,
      schema: {
        operationId: "personalizerListEvaluations",
        summary: "All evaluations of the loop.",
        tags,
        params,
        response: { 200: { type: "array", items: EvaluationSchema }, ...errorAnswers },
      },
    },
    async (request) => (await ports.evaluations.list(policyOfLoop(request))).map(evaluationAnswer),
  );
  oneRoutes(app, context, found);
  applyRoute(app, found);
}

type Find = (policy: string, id: string) => Promise<Evaluation>;

function oneRoutes(app: FastifyInstance, { ports }: AppContext, found: Find): void {
  const config = { personalizer: "InvalidEvaluationContract" } as const;
  const params = EvaluationParams;
  const path = "/:version/evaluations/:evaluationId";
  const idOf = (given: unknown) => parameter(given, "evaluationId");
  app.get(
    path,
    {
      config,
      schema: {
        operationId: "personalizerGetEvaluation",
        summary: "An evaluation and how far it is.",
        tags,
        params,
        response: { 200: EvaluationSchema, ...errorAnswers },
      },
    },
    async (request) => evaluationAnswer(await found(policyOfLoop(request), idOf(request.params))),
  );
  app.delete(
    path,
    {
      config,
      schema: {
        operationId: "personalizerDeleteEvaluation",
        summary: "Forgets an evaluation.",
        tags,
        params,
        response: { 204: NOTHING, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const policy = policyOfLoop(request);
      await ports.evaluations.delete(policy, (await found(policy, idOf(request.params))).id);
      return reply.code(204).send();
    },
  );
}

function applyRoute(app: FastifyInstance, found: Find): void {
  app.post(
    "/:version/configurations/applyFromEvaluation",
    {
      config: { personalizer: "InvalidEvaluationContract" },
      schema: {
        operationId: "personalizerApplyFromEvaluation",
        summary: "Applies a result: Online is what is in effect already.",
        tags,
        params: VersionParams,
        body: PolicyReferenceBody,
        response: { 204: NOTHING, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const { evaluationId, policyName } = referenceOf(jsonOf(request));
      const { results = [] } = await found(policyOfLoop(request), evaluationId);
      const result = results.find(({ name }) => name === policyName);
      const known = results.map(({ name }) => name).join(", ") || "none yet";
      if (result === undefined)
        throw new BrigandError("CB_EVALUATION_RESULT_UNKNOWN", { came: policyName.slice(0, 64), known });
      if (result.name !== "Online")
        throw new BrigandError("CB_DOOR_UNSUPPORTED", { call: `Applying ${result.name}`, problem: INSTEAD });
      return reply.code(204).send();
    },
  );
}

const INSTEAD = "learningMode LoggingOnly serves the first action, explorationPercentage 1 serves chance";

function referenceOf(body: unknown): { readonly evaluationId: string; readonly policyName: string } {
  if (!isObject(body)) throw wrong("The body", "an object with evaluationId and policyName", body);
  const { evaluationId, policyName } = body;
  if (typeof evaluationId !== "string") throw wrong("evaluationId", "a string", evaluationId);
  if (typeof policyName !== "string") throw wrong("policyName", "a string", policyName);
  return { evaluationId, policyName };
}

/** Keeps the evaluation and begins to work it out. @throws CB_BODY_INVALID, CB_EVALUATIONS_FULL, CB_SERVER_BUSY */
async function begin(
  { ports, metrics }: AppContext,
  { policy, running, body }: { policy: string; running: Listings; body: unknown },
): Promise<Evaluation> {
  const now = ports.clock.now();
  const contract = readContract(body, { now, futureSkewMaxMs: ports.bounds.futureSkewMaxMs });
  const { evaluationsMax: maximum } = ports.bounds;
  if ((await ports.evaluations.list(policy)).length >= maximum)
    throw new BrigandError("CB_EVALUATIONS_FULL", { maximum });
  const turn = running.begin();
  const evaluation: Evaluation = { ...contract, id: ports.random.nonce(), status: "pending", created: now };
  await ports.evaluations.put(policy, evaluation);
  judged(ports, { policy, evaluation, signal: turn.signal })
    .catch((error: unknown): Evaluation => {
      metrics.fault("log", error);
      return { ...evaluation, status: "failed" };
    })
    .then((done) => ports.evaluations.put(policy, done))
    .catch((error: unknown) => metrics.fault("log", error))
    .finally(turn.end);
  return evaluation;
}

/** Failed where the time has more decisions than one evaluation may read. */
async function judged(
  ports: AppContext["ports"],
  { policy, evaluation, signal }: { policy: string; evaluation: Evaluation; signal: AbortSignal },
): Promise<Evaluation> {
  const { from, to } = evaluation;
  const most = ports.bounds.evaluationDecisionsMax;
  let results = emptyResults;
  let n = 0;
  for await (const { record, rewards } of ports.logs.entries(
    { policies: [policy], from, to, limit: most + 1 },
    signal,
  )) {
    if (++n > most) return { ...evaluation, status: "failed" };
    if (rewards.state === "closed") results = addDecision(results, record, rewards.bySlot?.[0]);
  }
  return { ...evaluation, status: "completed", results };
}
