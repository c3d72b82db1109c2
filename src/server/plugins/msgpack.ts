/** Bodies as MessagePack, for routes that take them: what JSON can hold, and bytes where a route reads bytes. */
import { Decoder, Encoder } from "@msgpack/msgpack";
import { DEPTH_MAX, isObject } from "../../core/decide/check.ts";
import { BrigandError } from "../../core/errors.ts";
import { checkWellFormed } from "./body.ts";

export const MSGPACK_TYPES = ["application/msgpack", "application/x-msgpack", "application/vnd.msgpack"];
/** Nesting of a body around the features in it. */
const AROUND = 4;

const decoder = new Decoder();
const encoder = new Encoder();

/**
 * One value of objects, arrays, strings, numbers, truth values, null and bytes.
 * @throws CB_BODY_NOT_MSGPACK (also for dates, other extensions, and bytes but for itemNumbers.values), CB_BODY_NOT_UTF8, CB_BODY_TOO_DEEP.
 * Cost: for strings half as much again as JSON; bytes are not copied.
 */
export function parseMsgpack(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = decoder.decode(bytes);
  } catch (error) {
    const problem = error instanceof Error ? error.message.slice(0, 100) : "a syntax error";
    throw new BrigandError("CB_BODY_NOT_MSGPACK", { problem });
  }
  checkPlain(value, isObject(value) && isObject(value.itemNumbers) ? value.itemNumbers.values : undefined);
  checkWellFormed(value);
  return value;
}

/** An answer's JSON text in the same form. */
export function toMsgpack(json: string): Buffer {
  return Buffer.from(encoder.encode(JSON.parse(json)));
}

interface Open {
  readonly value: unknown;
  readonly depth: number;
}

/** Iterative: what came may nest deeper than the stack. @param bytes the one value that may be bytes */
function checkPlain(root: unknown, bytes: unknown): void {
  const open: Open[] = [{ value: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    if (typeof value === "bigint") throw notPlain("an integer beyond 2^53");
    if (typeof value !== "object" || value === null || value === bytes) continue;
    if (depth > DEPTH_MAX + AROUND)
      throw new BrigandError("CB_BODY_TOO_DEEP", { path: "The body", maximum: DEPTH_MAX });
    if (Array.isArray(value)) {
      for (const inner of value) open.push({ value: inner, depth: depth + 1 });
      continue;
    }
    if (Object.getPrototypeOf(value) !== Object.prototype) throw notPlain("bytes, a date or another extension");
    for (const inner of Object.values(value)) open.push({ value: inner, depth: depth + 1 });
  }
}

function notPlain(problem: string): BrigandError {
  return new BrigandError("CB_BODY_NOT_MSGPACK", { problem: `${problem} came` });
}
