/**
 * The application: ports in, routes out. It opens nothing and listens to nothing; the process is `main.ts`.
 */
import helmet from "@fastify/helmet";
import swagger, { type FastifyDynamicSwaggerOptions as SwaggerOptions } from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import Fastify, { type FastifyInstance, LogController } from "fastify";
import { addGate } from "./access/gate.ts";
import { type AppContext, contextOf } from "./context.ts";
import { inferenceDoor } from "./doors/inference/door.ts";
import { metarankDoor } from "./doors/metarank/door.ts";
import { personalizerDoor } from "./doors/personalizer/door.ts";
import { Views } from "./page/view.ts";
import { Admission } from "./plugins/admission.ts";
import { addBody } from "./plugins/body.ts";
import { addCompression } from "./plugins/compression.ts";
import { addCors } from "./plugins/cors.ts";
import { addErrors, answerError, refuseConnection } from "./plugins/errors.ts";
import { addRequests } from "./plugins/requests.ts";
import { noteRoutes, queryValidator } from "./plugins/routes.ts";
import type { AppPorts } from "./ports.ts";
import { auditRoutes } from "./routes/audit.ts";
import { decisionRoutes } from "./routes/decisions.ts";
import { experimentRoutes } from "./routes/experiments.ts";
import { feedbackRoutes } from "./routes/feedback.ts";
import { keyRoutes } from "./routes/keys.ts";
import { logRoutes } from "./routes/logs.ts";
import { labelRoutes } from "./routes/modelLabels.ts";
import { pushRoutes } from "./routes/modelPush.ts";
import { modelRoutes } from "./routes/models.ts";
import { operationRoutes } from "./routes/operations.ts";
import { overviewRoutes } from "./routes/overview.ts";
import { formRoutes } from "./routes/pageForms.ts";
import { pageRoutes } from "./routes/pages.ts";
import { policyRoutes } from "./routes/policies.ts";
import { rankRoutes } from "./routes/rank.ts";
import { rewardRoutes } from "./routes/rewards.ts";

export interface App {
  readonly http: FastifyInstance;
  /** Stops listening, answers what is under way (3 s at most), then ends the streams: nothing is decided after an end. */
  close(): Promise<void>;
}

/** The whole application, ready to listen. */
export async function buildApp(ports: AppPorts): Promise<App> {
  const http = Fastify({
    loggerInstance: ports.log,
    logController: new LogController({ disableRequestLogging: true }),
    // A child logger for each request would cost more than the draw of ten slots; errors name the request themselves.
    childLoggerFactory: (logger) => logger,
    bodyLimit: ports.bounds.bodyBytesMax,
    requestTimeout: 120_000,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 2000 },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    clientErrorHandler: refuseConnection,
  });
  const context = await application(http, { ports });
  await context.policies.keepAllModels();
  takeUp(context);
  const close = async () => {
    const patience = setTimeout(() => http.server.closeAllConnections(), CLOSE_MS);
    await http.close();
    clearTimeout(patience);
    await context.streams.close();
  };
  return { http, close };
}

/** Opens the streams of policies that a killed process left: their heartbeats let its decisions settle and close. */
function takeUp({ ports, policies, streams }: AppContext): void {
  for (const name of (ports.wal.unfinished ?? []).slice(0, ports.bounds.openStreamsMax)) {
    const policy = policies.find(name);
    if (policy === undefined) continue;
    try {
      streams.of(policy);
    } catch (error) {
      ports.log.warn({ policy: name, err: error }, "the stream of a killed process could not be taken up");
    }
  }
}

/** On the root itself, so that its error handlers and counters hold for every route. */
async function application(app: FastifyInstance, { ports }: { ports: AppPorts }): Promise<AppContext> {
  const context = contextOf(ports);
  noteRoutes(app);
  const { requestsMax, queueMsMax } = ports.bounds;
  const admission = new Admission({ requestsMax, queueMsMax, utilization: ports.load ?? (() => 0) });
  app.addHook("onClose", async () => {
    admission.close();
    context.learning.stop();
  });
  addRequests(app, { clock: ports.clock, metrics: ports.metrics, admission });
  addCors(app, ports.bounds.corsOrigins);
  addGate(app, ports);
  addErrors(app, context);
  addBody(app);
  await app.register(swagger, { openapi: OPENAPI });
  const views = new Views(context);
  await app.register(async (scope) => pages(scope, { context, views }));
  await app.register(async (scope) => addApi(scope, { context, views }));
  return context;
}

const CLOSE_MS = 3000;
const DESCRIPTION =
  "Contextual-bandit ranking: rank, reward, learn. Errors have one shape and are listed in docs/errors.md.";

const OPENAPI: SwaggerOptions["openapi"] = {
  // Whose schemas are JSON Schema, as TypeBox's are.
  openapi: "3.1.0",
  info: { title: "Brigand", description: DESCRIPTION, version: "1" },
  components: {
    securitySchemes: {
      bearer: { type: "http", scheme: "bearer", description: "An API key; docs/access.md." },
      header: { type: "apiKey", in: "header", name: "x-api-key" },
    },
  },
  security: [{ bearer: [] }, { header: [] }, {}],
};

/** What routes are made from. */
interface Parts {
  readonly context: AppContext;
  readonly views: Views;
}

function addApi(app: FastifyInstance, { context, views }: Parts): void {
  // Bodies are checked by hand in core/: the schemas of bodies are documentation.
  app.setValidatorCompiler(({ schema, httpPart }) =>
    httpPart === "querystring" ? queryValidator(schema) : () => true,
  );
  rewardRoutes(app, context);
  decisionRoutes(app, context);
  logRoutes(app, context);
  policyRoutes(app, context);
  experimentRoutes(app, context);
  modelRoutes(app, context);
  keyRoutes(app, context);
  auditRoutes(app, context);
  labelRoutes(app, context);
  app.register(async (scope) => pushRoutes(scope, context));
  operationRoutes(app, context);
  overviewRoutes(app, views);
  app.register(async (scope) => rankRoutes(scope, context));
  app.register(async (scope) => feedbackRoutes(scope, context));
  app.register(async (scope) => inferenceDoor(scope, context), { prefix: "/v2" });
  app.register(async (scope) => metarankDoor(scope, context));
  app.register(async (scope) => personalizerDoor(scope, context), { prefix: "/personalizer" });
}

/** Pages for people, with the headers that browsers heed: everything from here, no inline script, no inline style. */
async function pages(app: FastifyInstance, { context, views }: Parts): Promise<void> {
  await app.register(async (scope) => {
    await scope.register(helmet, {
      hsts: false,
      referrerPolicy: { policy: "same-origin" },
      contentSecurityPolicy: { useDefaults: false, directives: POLICY },
    });
    addCompression(scope);
    formRoutes(scope, context.ports);
    await pageRoutes(scope, context, views);
  });
  await app.register(swaggerUi, { routePrefix: "/docs", staticCSP: true });
}

const SELF = ["'self'"];
const NOBODY = ["'none'"];
const POLICY = {
  defaultSrc: NOBODY,
  ...{ imgSrc: SELF, styleSrc: SELF, scriptSrc: SELF, connectSrc: SELF, formAction: SELF },
  ...{ baseUri: NOBODY, frameAncestors: NOBODY },
};
