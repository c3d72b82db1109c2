import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { readWhole } from "../../core/logs/query.ts";
import type { AppContext } from "../context.ts";
import { AuditAnswer } from "../schemas/access.ts";
import { errorAnswers } from "../schemas/common.ts";
import { parameter } from "./query.ts";

const USUAL = 1000;
const Query = Type.Object(
  { limit: Type.Optional(Type.String({ description: `The newest so many acts; default ${USUAL}.` })) },
  { additionalProperties: false },
);

export function auditRoutes(app: FastifyInstance, { ports }: AppContext): void {
  app.get(
    "/v1/audit",
    {
      schema: {
        operationId: "listActs",
        summary: "What was changed, by whose key, when: the newest acts of management, oldest first.",
        tags: ["access"],
        querystring: Query,
        response: { 200: AuditAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const limit = parameter(request.query, "limit");
      return { acts: await ports.access.audit.acts(limit === "" ? USUAL : readWhole(limit, "limit")) };
    },
  );
}
