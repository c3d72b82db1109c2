import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { modelConfig, modelMetadata } from "../../../core/doors/inference/describe.ts";
import { inferAnswer } from "../../../core/doors/inference/inferAnswer.ts";
import { readInfer } from "../../../core/doors/inference/inferBody.ts";
import { tensorInvalid } from "../../../core/doors/inference/tensor.ts";
import { callerOf } from "../../access/gate.ts";
import type { AppContext } from "../../context.ts";
import { parseJson } from "../../plugins/body.ts";
import { parameter } from "../../routes/query.ts";
import { bytesOf } from "./door.ts";
import type { AskedModel, Offered } from "./offered.ts";
import {
  errorAnswers,
  InferAnswerSchema,
  InferBody,
  ModelConfig,
  ModelMetadata,
  ModelReady,
  paramsOf,
  tags,
} from "./schemas.ts";

/** Length of the JSON before the binary data, of requests and answers alike. */
const LENGTH_HEADER = "inference-header-content-length";

export interface InferParts {
  readonly context: AppContext;
  readonly offered: Offered;
}

/** Each call with and without a version in its address. */
export function inferRoutes(app: FastifyInstance, parts: InferParts): void {
  for (const versioned of [false, true]) {
    describeRoutes(app, parts, versioned);
    inferRoute(app, parts, versioned);
  }
}

const named = (request: FastifyRequest): AskedModel => {
  const version = parameter(request.params, "version");
  const line = parameter(request.params, "model");
  return { line, version: version === "" ? undefined : version, caller: callerOf(request) };
};
const pathOf = (versioned: boolean) => `/models/:model${versioned ? "/versions/:version" : ""}`;
const idOf = (name: string, versioned: boolean) => `inference${name}${versioned ? "OfVersion" : ""}`;

function describeRoutes(app: FastifyInstance, { offered }: InferParts, versioned: boolean): void {
  const path = pathOf(versioned);
  const params = paramsOf(versioned);
  const common = { tags, params };
  app.get(
    path,
    {
      schema: {
        ...{ operationId: idOf("Model", versioned), summary: "Inputs, outputs and versions of a model.", ...common },
        response: { 200: ModelMetadata, ...errorAnswers },
      },
    },
    async (request) => {
      const asked = named(request);
      const { line } = asked;
      return offered.using(asked, ({ raw }) => modelMetadata({ name: line, ...raw }, offered.ready(line)));
    },
  );
  app.get(
    `${path}/config`,
    {
      schema: {
        ...{ operationId: idOf("Config", versioned), summary: "The same as Triton's configuration.", ...common },
        response: { 200: ModelConfig, ...errorAnswers },
      },
    },
    async (request) => {
      const asked = named(request);
      return offered.using(asked, ({ raw }) => modelConfig({ name: asked.line, ...raw }));
    },
  );
  app.get(
    `${path}/ready`,
    {
      schema: {
        ...{
          operationId: idOf("ModelReady", versioned),
          summary: "Whether a model answers; 400 where it does not.",
          ...common,
        },
        response: { 200: ModelReady, 400: ModelReady, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const { line, version, caller } = named(request);
      const versions = offered.ready(offered.known(line, caller));
      const ready = version === undefined ? versions.length > 0 : versions.some((known) => String(known) === version);
      return reply.code(ready ? 200 : 400).send({ name: line, ready });
    },
  );
}

function inferRoute(app: FastifyInstance, { context, offered }: InferParts, versioned: boolean): void {
  app.post(
    `${pathOf(versioned)}/infer`,
    {
      bodyLimit: context.ports.bounds.inferenceBytesMax,
      schema: {
        operationId: idOf("Infer", versioned),
        summary: "Runs the model on tensors, JSON or binary. Nothing is decided or logged.",
        tags,
        params: paramsOf(versioned),
        body: InferBody,
        response: { 200: InferAnswerSchema, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const model = named(request);
      offered.known(model.line, model.caller);
      const { head, tail } = partsOf(request);
      const body = parseJson(head);
      const { json, binary } = offered.using(model, (held) => {
        const asked = readInfer(body, tail, held.raw);
        return inferAnswer(asked, { model: held.line, version: held.version, results: held.raw.run(asked.feeds) });
      });
      return send(reply, json, binary);
    },
  );
}

/** @throws CB_TENSOR_INVALID for a length that is none */
function partsOf(request: FastifyRequest): { readonly head: Buffer; readonly tail: Buffer } {
  const bytes = bytesOf(request);
  const told = request.headers[LENGTH_HEADER];
  if (told === undefined) return { head: bytes, tail: Buffer.alloc(0) };
  const length = /^\d{1,12}$/.test(String(told)) ? Number(told) : Number.NaN;
  if (!(length <= bytes.byteLength))
    throw tensorInvalid(`The header ${LENGTH_HEADER}`, "the number of bytes of the JSON", String(told).slice(0, 32));
  return { head: bytes.subarray(0, length), tail: bytes.subarray(length) };
}

function send(reply: FastifyReply, json: string, binary: readonly Uint8Array[]): FastifyReply {
  if (binary.length === 0) return reply.type("application/json; charset=utf-8").send(json);
  const head = Buffer.from(json);
  reply.header(LENGTH_HEADER, String(head.byteLength));
  return reply.type("application/octet-stream").send(Buffer.concat([head, ...binary]));
}
