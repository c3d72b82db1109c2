import type { FastifyInstance, FastifyReply } from "fastify";
import type { ItemList } from "../../core/decide/itemLists.ts";
import { readRankWithNumbers } from "../../core/decide/itemNumbers.ts";
import { PlainItems } from "../../core/decide/plainItems.ts";
import { type RankRequest, readRank } from "../../core/decide/rankRequest.ts";
import { callerOf } from "../access/gate.ts";
import type { AppContext } from "../context.ts";
import { parseText, textOf } from "../plugins/body.ts";
import { MSGPACK_TYPES, parseMsgpack, toMsgpack } from "../plugins/msgpack.ts";
import { errorAnswers, NoQuery } from "../schemas/common.ts";
import { RankAnswer, RankBody } from "../schemas/rank.ts";

const NO_BYTES = Buffer.alloc(0);
const JSON_TYPE = "application/json; charset=utf-8";

/** In a scope of its own: here bodies come as bytes, and are read together with their checks. */
export function rankRoutes(app: FastifyInstance, { decider, ports }: AppContext): void {
  const plain = new PlainItems(ports.random.nonce());
  app.removeAllContentTypeParsers();
  const types = ["application/json", ...MSGPACK_TYPES];
  app.addContentTypeParser(types, { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.post(
    "/v1/rank",
    {
      schema: {
        operationId: "rank",
        summary: "Rank candidates: the list, its exact propensities, and who chose.",
        tags: ["deciding"],
        querystring: NoQuery,
        body: RankBody,
        response: { 200: RankAnswer, ...errorAnswers },
      },
    },
    (request, reply) => {
      const started = ports.stages === undefined ? 0 : performance.now();
      const bytes = Buffer.isBuffer(request.body) ? request.body : undefined;
      const { asked, list } = readBody(bytes, { plain, packed: isPacked(request.headers["content-type"]) });
      ports.stages?.add("parse", started);
      const caller = callerOf(request);
      decider.rank(asked, { arrivedAt: request.arrivedAt, body: bytes ?? NO_BYTES, caller, list }).then(
        (answer) => (wantsPacked(request.headers.accept) ? sendPacked(reply, answer) : sendText(reply, answer)),
        (error: unknown) => reply.send(error),
      );
    },
  );
}

/** Past Fastify's own sending, which looks for streams, serialisers and hooks that are not there: 4 µs. */
function sendText(reply: FastifyReply, text: string): void {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    "content-type": JSON_TYPE,
    "content-length": Buffer.byteLength(text),
    "x-content-type-options": "nosniff",
  });
  raw.end(text);
}

function sendPacked(reply: FastifyReply, json: string): void {
  reply.type(MSGPACK_TYPES[0]).send(toMsgpack(json));
}

function isPacked(type: string | undefined): boolean {
  return type !== undefined && MSGPACK_TYPES.some((one) => type.startsWith(one));
}

function wantsPacked(accept: string | undefined): boolean {
  return accept !== undefined && MSGPACK_TYPES.some((one) => accept.includes(one));
}

interface ReadBody {
  readonly asked: RankRequest;
  /** Its items, where `PlainItems` read them. */
  readonly list?: ItemList;
}

/** @throws what `parseText`, `parseMsgpack` and `readRank` throw */
function readBody(bytes: Buffer | undefined, by: { readonly plain: PlainItems; readonly packed: boolean }): ReadBody {
  if (bytes === undefined) return { asked: readRank(undefined) };
  if (by.packed) return { asked: readRankWithNumbers(parseMsgpack(bytes)) };
  const text = textOf(bytes);
  // Escapes may hide half a pair of surrogates, which the usual way looks for.
  const body = text.includes("\\u") ? undefined : by.plain.read({ bytes, text });
  if (body === undefined) return { asked: readRank(parseText(text)) };
  return { asked: readRank(body.value, body.list.items), list: body.list };
}
