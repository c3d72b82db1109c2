import type { FastifyInstance } from "fastify";
import Type, { type Static } from "typebox";
import { isObject, kindOf } from "../../core/decide/check.ts";
import { BrigandError } from "../../core/errors.ts";
import { type LabelChange, Labels } from "../../core/model/labels.ts";
import { Manifest } from "../../core/model/manifest.ts";
import type { AppContext } from "../context.ts";
import { promote } from "../gate/promotion.ts";
import { columnsOf } from "../push.ts";
import { errorAnswers, NoQuery } from "../schemas/common.ts";
import { ForceQuery, forceOf, parameter, policyName } from "./query.ts";

const tags = ["models"];
const Params = Type.Object({ policy: Type.String() });
const VersionParams = Type.Object({ policy: Type.String(), version: Type.String() });
const Version = Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]);
const Body = Type.Object(
  {
    stable: Type.Optional(Version),
    canary: Type.Optional(Type.Union([Type.Object({ version: Type.Integer(), share: Type.Number() }), Type.Null()])),
    shadow: Type.Optional(Version),
    reason: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false, examples: [{ canary: { version: 18, share: 0.05 } }, { stable: 18, canary: null }] },
);
const response = { 200: Labels, ...errorAnswers };
const { generation, at, reason, evidence } = Labels.properties;
const Promotions = Type.Array(Type.Object({ generation, at, reason, evidence }));
const Inspected = Type.Object({ ...Manifest.properties, promotions: Promotions });
const querystring = NoQuery;

export function labelRoutes(app: FastifyInstance, context: AppContext): void {
  const { policies } = context;
  const { modelAdmin: admin } = context.ports;
  const named = (params: unknown) => policies.get(policyName(parameter(params, "policy"))).name;
  app.get(
    "/v1/models/:policy/labels",
    {
      schema: {
        operationId: "getLabels",
        summary: "Which versions serve whom.",
        tags,
        params: Params,
        querystring,
        response,
      },
    },
    async ({ params }) => admin.labels(named(params)),
  );
  app.post(
    "/v1/models/:policy/labels",
    {
      schema: {
        operationId: "setLabels",
        summary: "Sets labels; null takes one away. The newest log judges what is to become stable or canary.",
        ...{ tags, params: Params, querystring: ForceQuery, body: Body, response },
      },
    },
    async ({ params, body, query }) => {
      const { name: policy, settings } = policies.get(named(params));
      return promote({ policy, settings, ...changeOf(body), force: forceOf(query) }, context.ports);
    },
  );
  app.post(
    "/v1/models/:policy/rollback",
    {
      schema: {
        operationId: "rollbackModel",
        summary: "Serves what served before, in every process within 100 ms; a canary ends.",
        ...{ tags, params: Params, querystring, response },
      },
    },
    async ({ params }) => admin.rollback(named(params), "rolled back"),
  );
  inspectRoutes(app, context);
}

function inspectRoutes(app: FastifyInstance, { policies, ports }: AppContext): void {
  const { modelAdmin: admin } = ports;
  const named = (params: unknown) => policies.get(policyName(parameter(params, "policy"))).name;
  app.get(
    "/v1/models/:policy/columns",
    {
      schema: {
        operationId: "modelColumns",
        summary: "Columns of the policy in order: what a pushed model reads.",
        ...{ tags, params: Params, querystring },
        response: { 200: Type.Object({ columns: Type.Array(Type.String()) }), ...errorAnswers },
      },
    },
    async ({ params }) => ({ columns: [...columnsOf(ports, named(params))] }),
  );
  app.get(
    "/v1/models/:policy/versions/:version",
    {
      schema: {
        operationId: "inspectModel",
        summary: "The manifest of a version, and what the gate saw each time it was labelled.",
        ...{ tags, params: VersionParams, querystring, response: { 200: Inspected, ...errorAnswers } },
      },
    },
    async ({ params }) => {
      const line = named(params);
      const version = parameter(params, "version");
      const known = await admin.versions(line);
      if (!known.includes(Number(version)))
        throw new BrigandError("CB_MODEL_VERSION_UNKNOWN", {
          came: version.slice(0, 20),
          known: known.join(", ") || "none",
        });
      const { manifest } = await admin.bundle(line, Number(version));
      return { ...manifest, promotions: promotionsOf(Number(version), await admin.history(line)) };
    },
  );
}

/** The newest last. */
function promotionsOf(version: number, history: readonly Labels[]): Static<typeof Promotions> {
  return history
    .filter(({ evidence }) => evidence?.version === version)
    .map(({ generation, at, reason, evidence }) => ({ generation, at, reason, evidence }));
}

const FIELDS = ["stable", "canary", "shadow", "reason"];

/** @throws CB_LABEL_INVALID */
function changeOf(body: unknown): { readonly change: LabelChange; readonly reason: string } {
  if (!isObject(body)) throw wrongLabel("The body", "an object of labels", kindOf(body));
  const unknown = Object.keys(body).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined) throw wrongLabel("Every field", `one of ${FIELDS.join(", ")}`, unknown.slice(0, 64));
  const { stable, canary, shadow, reason = "labelled" } = body;
  if (typeof reason !== "string" || reason.length > 200) throw wrongLabel("reason", "a text", kindOf(reason));
  return {
    change: { stable: versionOf("stable", stable), shadow: versionOf("shadow", shadow), canary: canaryOf(canary) },
    reason,
  };
}

function versionOf(path: string, value: unknown): number | null | undefined {
  if (value === undefined || value === null) return value;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrongLabel(path, "a version or null", kindOf(value));
}

function canaryOf(value: unknown): LabelChange["canary"] {
  if (value === undefined || value === null) return value;
  if (!isObject(value)) throw wrongLabel("canary", "{version, share} or null", kindOf(value));
  const version = versionOf("canary.version", value.version);
  const { share } = value;
  if (typeof version !== "number") throw wrongLabel("canary.version", "a version", kindOf(value.version));
  if (typeof share !== "number" || !(share > 0 && share <= 1))
    throw wrongLabel("canary.share", "a number above 0, at most 1", kindOf(share));
  return { version, share };
}

function wrongLabel(path: string, expected: string, came: string): BrigandError {
  return new BrigandError("CB_LABEL_INVALID", { path, expected, came });
}
