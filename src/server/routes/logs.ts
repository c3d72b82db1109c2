import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { formatAccepted, mediaTypes } from "../../core/logs/accept.ts";
import { formats, type LogFormat, readChoice, servedBy, yesOrNo } from "../../core/logs/query.ts";
import { listingText } from "../../core/logs/text.ts";
import { callerOf } from "../access/gate.ts";
import type { AppContext } from "../context.ts";
import { Listings, queryOf } from "../logs.ts";
import { errorAnswers } from "../schemas/common.ts";
import { parameter } from "./query.ts";

const text = (description: string) => Type.Optional(Type.String({ description }));
const choice = (names: readonly string[], description: string) =>
  Type.Optional(Type.String({ enum: [...names], description }));
const LogsQuery = Type.Object(
  {
    policy: text("Only this policy; without it one after another."),
    variant: text("Decided by this variant."),
    version: text("Scored by this version of the model; 0 is the seed model."),
    subject: text("Of this user or session, by pseudonym."),
    from: text("Decisions from then on: ISO 8601, milliseconds since 1970, or an age such as 2h."),
    to: text("Decisions before then."),
    explored: choice(yesOrNo, "Whether the list shown is not the one of the highest scores; the model's only."),
    served: choice(servedBy, "Who chose."),
    decision: text("This decision."),
    limit: text("The first so many decisions."),
    cursor: text("Goes on after the row that this cursor came with."),
    format: choice(formats, "In place of the Accept header."),
    full: choice(yesOrNo, "JSON lines with scores, uncertainties and features."),
  },
  { additionalProperties: false },
);
const contents = Object.fromEntries(
  [...new Set(Object.values(mediaTypes))].map((type) => [
    type,
    { schema: Type.String({ description: "See docs/logs.md." }) },
  ]),
);

export function logRoutes(app: FastifyInstance, context: AppContext): void {
  const listings = new Listings(context.ports.bounds.logReadersMax);
  app.get(
    "/v1/logs",
    {
      exposeHeadRoute: false,
      schema: {
        operationId: "listDecisions",
        summary: "Decisions of the log with their final rewards, oldest first; streamed.",
        description:
          "JSON lines: one a decision. CSV and Parquet: one row a shown item. Formats of others (closed decisions): docs/formats.md.",
        tags: ["logs"],
        querystring: LogsQuery,
        response: { 200: { description: "The listing.", content: contents }, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const query = await queryOf(context, request.query, callerOf(request));
      const { format, full } = formOf(request.query, request.headers.accept);
      const listing = listings.begin();
      reply.raw.once("close", listing.end);
      const entries = context.ports.logs.entries(query, listing.signal);
      if (format === "parquet") {
        const file = await context.ports.parquet(entries);
        reply.raw.once("close", () => void file.close());
        reply.header("content-length", String(file.bytes));
        return reply
          .type(mediaTypes[format])
          .header(...DISPOSITION(format))
          .send(Readable.from(file.chunks));
      }
      const names = (policy: string) => context.ports.replica.state(policy).schema.columns;
      const pieces = listingText(entries, { format, full, names });
      // What goes wrong at once is answered with its code; later the connection breaks.
      const first = await pieces.next();
      reply.type(`${mediaTypes[format]}; charset=utf-8`);
      if (format === "csv" || format === "obp") reply.header(...DISPOSITION("csv"));
      return reply.send(Readable.from(rest(first.value ?? "", pieces), { objectMode: false }));
    },
  );
}

const DISPOSITION = (format: LogFormat): [string, string] => [
  "content-disposition",
  `attachment; filename="decisions.${format}"`,
];

async function* rest(first: string, pieces: AsyncGenerator<string, void, undefined>) {
  yield Buffer.from(first);
  for await (const piece of pieces) yield Buffer.from(piece);
}

function formOf(query: unknown, accept: string | undefined): { format: LogFormat; full: boolean } {
  const format = parameter(query, "format");
  const full = parameter(query, "full");
  return {
    format: format === "" ? formatAccepted(accept) : readChoice(format, "format", formats),
    full: full !== "" && readChoice(full, "full", yesOrNo) === "true",
  };
}
