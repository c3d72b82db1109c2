/** Bodies: UTF-8 JSON and nothing else, bounded, parsed once. */
import { isUtf8 } from "node:buffer";
import type { FastifyInstance } from "fastify";
import { BrigandError } from "../../core/errors.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** `elapsed()` when the request's headers were there. */
    arrivedAt: number;
  }
}

/** Pairs are one character to a pattern with the u flag. */
const LONE_SURROGATE = /\p{Surrogate}/u;

export function addBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    try {
      done(null, parseJson(Buffer.isBuffer(body) ? body : Buffer.from(body)));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

/**
 * One JSON value. @throws CB_BODY_NOT_UTF8 (also for escapes of lone surrogates: no id could be told from another),
 * CB_BODY_NOT_JSON. Cost: that of JSON.parse and one pass of simdutf.
 */
export function parseJson(bytes: Buffer): unknown {
  return parseText(textOf(bytes));
}

/** @throws CB_BODY_NOT_UTF8 */
export function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new BrigandError("CB_BODY_NOT_UTF8", { problem: "it has bytes of another encoding" });
  return bytes.toString("utf8");
}

/** As `parseJson`, of a text. */
export function parseText(text: string): unknown {
  if (text.length === 0) throw new BrigandError("CB_BODY_NOT_JSON", { problem: "it is empty" });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BrigandError("CB_BODY_NOT_JSON", { problem: problemOf(error) });
  }
  if (text.includes("\\u") && /\\u[dD][89a-fA-F]/.test(text)) checkWellFormed(value);
  return value;
}

/** The parser's complaint without the text it complains about. */
function problemOf(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  return (
    message
      .replace(/, (\.\.\.)?".*$/s, "")
      .replace(/ in JSON/, "")
      .slice(0, 100) || "a syntax error"
  );
}

/** Iterative: a body may nest deeper than the stack. @throws CB_BODY_NOT_UTF8 for a lone surrogate in any string */
export function checkWellFormed(root: unknown): void {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === "string") checkText(value);
    else if (typeof value === "object" && value !== null && !(value instanceof Uint8Array)) {
      for (const [key, inner] of Object.entries(value)) {
        checkText(key);
        open.push(inner);
      }
    }
  }
}

function checkText(text: string): void {
  if (LONE_SURROGATE.test(text)) throw new BrigandError("CB_BODY_NOT_UTF8", { problem: "it has a lone surrogate" });
}
