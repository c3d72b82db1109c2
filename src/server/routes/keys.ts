import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { readTerms } from "../../core/access/keyRecord.ts";
import { checkInteger, checkKeys, isObject, wrong } from "../../core/decide/check.ts";
import { Keyring } from "../access/keyring.ts";
import type { AppContext } from "../context.ts";
import { Key, KeyBody, RotateBody } from "../schemas/access.ts";
import { errorAnswers, NoQuery } from "../schemas/common.ts";
import { parameter } from "./query.ts";

const DAY_MS = 86_400_000;
const OVERLAP_MAX_MS = 90 * DAY_MS;
const FIELDS: ReadonlySet<string> = new Set(["overlapMs"]);
const Params = Type.Object({ id: Type.String() });

export function keyRoutes(app: FastifyInstance, { ports }: AppContext): void {
  const ring = new Keyring({ access: ports.access, keysMax: ports.bounds.keysMax, now: () => ports.clock.now() });
  const shared = { tags: ["access"], querystring: NoQuery };
  const response = { 200: Key, ...errorAnswers };
  app.get(
    "/v1/keys",
    {
      schema: {
        ...shared,
        operationId: "listKeys",
        summary: "Every API key, without the key itself.",
        response: { 200: Type.Object({ keys: Type.Array(Key) }), ...errorAnswers },
      },
    },
    async () => ({ keys: ring.list() }),
  );
  app.post(
    "/v1/keys",
    {
      schema: {
        ...shared,
        operationId: "createKey",
        summary: "A new API key, shown this once.",
        body: KeyBody,
        response: { 201: Key, ...errorAnswers },
      },
    },
    async (request, reply) => reply.code(201).send(await ring.create(readTerms(request.body))),
  );
  app.post(
    "/v1/keys/:id/rotate",
    {
      schema: {
        ...shared,
        operationId: "rotateKey",
        summary: "A new key on the same terms; the old one goes on for a while.",
        params: Params,
        body: RotateBody,
        response,
      },
    },
    async (request) => ring.rotate(parameter(request.params, "id"), overlapOf(request.body)),
  );
  app.post(
    "/v1/keys/:id/revoke",
    { schema: { ...shared, operationId: "revokeKey", summary: "Ends a key, for good.", params: Params, response } },
    async (request) => ring.revoke(parameter(request.params, "id")),
  );
}

function overlapOf(body: unknown): number {
  if (body === undefined) return DAY_MS;
  if (!isObject(body)) throw wrong("The body", "an object with overlapMs", body);
  checkKeys(body, FIELDS, "The body");
  const { overlapMs = DAY_MS } = body;
  checkInteger(overlapMs, "overlapMs", { min: 0, max: OVERLAP_MAX_MS });
  return overlapMs;
}
