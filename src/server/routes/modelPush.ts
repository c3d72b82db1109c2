import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { checkInteger, isObject, wrong } from "../../core/decide/check.ts";
import { BrigandError } from "../../core/errors.ts";
import type { AppContext } from "../context.ts";
import { type Accepted, acceptPush, filesOf, LABELS, type PushedTo } from "../push.ts";
import { errorAnswers } from "../schemas/common.ts";
import { ForceQuery, forceOf, parameter, policyName } from "./query.ts";

const TYPES = ["application/x-tar", "application/tar", "multipart/form-data"];
const SHARE = 0.05;

const Query = Type.Object(
  {
    label: Type.Optional(
      Type.String({ description: `${LABELS.join(", ")}; default stable: it serves until the label goes.` }),
    ),
    share: Type.Optional(Type.String({ description: `Share of the subjects of a canary, default ${SHARE}.` })),
    ...ForceQuery.properties,
  },
  { additionalProperties: false },
);
const Answer = Type.Object({
  policy: Type.String(),
  version: Type.Integer(),
  sha256: Type.String({ description: "Of model.onnx." }),
  columns: Type.Integer(),
  callMs: Type.Number({ description: "Of a call with 100 candidates, when it was checked." }),
  label: Type.String(),
});

/** In a scope of its own: bodies are archives here. */
export function pushRoutes(app: FastifyInstance, context: AppContext): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(TYPES, { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  const push = async (request: {
    body: unknown;
    headers: { "content-type"?: string };
    params: unknown;
    query: unknown;
  }) => {
    const { body, params, query } = request;
    if (!(body instanceof Uint8Array)) throw new BrigandError("CB_BUNDLE_MALFORMED", { problem: "it is empty" });
    const to = targetOf(params, query);
    const { settings } = context.policies.use(to.policy);
    return acceptPush(filesOf(body, request.headers["content-type"] ?? ""), to, {
      admin: context.ports.modelAdmin,
      ports: context.ports,
      settings,
    });
  };
  const route = (operationId: string, summary: string) => ({
    bodyLimit: context.ports.modelAdmin.pushBytesMax,
    schema: {
      operationId,
      summary,
      tags: ["models"],
      consumes: TYPES,
      params: Type.Object({ policy: Type.String() }),
      querystring: Query,
      body: Type.Any({ description: "model.onnx, and if you like manifest.json and golden.json." }),
      response: { 201: Answer, ...errorAnswers },
    },
  });
  app.post(
    "/v1/models/:policy/versions",
    route("pushModel", "A model as the next version: checked, published, labelled."),
    async (request, reply): Promise<Accepted> => reply.code(201).send(await push(request)),
  );
  const numbered = route("putModel", "A model as this version, which must be new and above all others.");
  app.put(
    "/v1/models/:policy/versions/:version",
    {
      ...numbered,
      schema: { ...numbered.schema, params: Type.Object({ policy: Type.String(), version: Type.String() }) },
    },
    async (request, reply): Promise<Accepted> => reply.code(201).send(await push(request)),
  );
}

function targetOf(params: unknown, query: unknown): PushedTo {
  const policy = policyName(parameter(params, "policy"));
  const given = parameter(params, "version");
  const version = given === "" ? undefined : Number(given);
  if (version !== undefined) checkInteger(version, "version", { min: 1, max: 999_999_999_999 });
  const { label = "stable", share = SHARE }: { label?: unknown; share?: unknown } = isObject(query) ? query : {};
  const known = LABELS.find((name) => name === label);
  if (known === undefined) throw wrong("label", LABELS.join(", "), label, "CB_QUERY_INVALID");
  const number = Number(share);
  if (!(number > 0 && number <= 1)) throw wrong("share", "a number above 0, at most 1", share, "CB_QUERY_INVALID");
  return { policy, version, label: known, share: number, force: forceOf(query) };
}
