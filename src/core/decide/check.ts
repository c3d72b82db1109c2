/**
 * Checks of what callers send: small, allocation-free on the good path, one coded error on the bad one. Errors name
 * the place and the kind of what came, never the value: values may be personal.
 */
import type { Features } from "../domain.ts";
import { BrigandError, type ErrorCode } from "../errors.ts";

/** Longest id of a decision, item, user, session, event; in UTF-16 units. */
export const ID_LENGTH_MAX = 256;
/** Deepest nesting of a value that is kept. */
export const DEPTH_MAX = 32;

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What came, for a message: its kind and size. */
export function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "string")
    return value.length === 0 ? "an empty string" : `a string of ${value.length} characters`;
  if (typeof value === "number") return Number.isFinite(value) ? `the number ${value}` : "a number that is not finite";
  return typeof value === "object" ? "an object" : `the ${typeof value} ${String(value)}`;
}

/** One error for one wrong place. */
export function wrong(
  path: string,
  expected: string,
  value: unknown,
  code: ErrorCode = "CB_BODY_INVALID",
): BrigandError {
  return new BrigandError(code, { path, expected, came: kindOf(value) });
}

/** @throws CB_BODY_INVALID unless 1 … 256 characters. */
export function checkId(value: unknown, path: string): asserts value is string {
  if (typeof value !== "string" || value.length === 0 || value.length > ID_LENGTH_MAX) {
    throw wrong(path, `a string of 1 to ${ID_LENGTH_MAX} characters`, value);
  }
}

export function checkInteger(
  value: unknown,
  path: string,
  range: { min: number; max: number },
): asserts value is number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < range.min || value > range.max) {
    throw wrong(path, `an integer from ${range.min} to ${range.max}`, value);
  }
}

export function checkBoolean(value: unknown, path: string): asserts value is boolean {
  if (typeof value !== "boolean") throw wrong(path, "true or false", value);
}

/** @throws CB_BODY_INVALID for a field that is not in `known`, CB_BODY_KEY_FORBIDDEN for a prototype's name. */
export function checkKeys(value: JsonObject, known: ReadonlySet<string>, path: string): void {
  for (const key in value) {
    if (known.has(key)) continue;
    if (key === "__proto__") throw new BrigandError("CB_BODY_KEY_FORBIDDEN", { key });
    throw wrong(path, `an object of the fields ${[...known].join(", ")}`, value);
  }
}

/**
 * Features: any JSON object whose numbers are finite, at most 32 levels deep, without keys of prototypes.
 * @throws CB_BODY_INVALID, CB_BODY_TOO_DEEP, CB_BODY_KEY_FORBIDDEN. Cost: linear in the size of the value.
 */
export function checkFeatures(value: unknown, path: string): asserts value is Features {
  if (!isObject(value)) throw wrong(path, "an object of features", value);
  checkJson(value, path, 1);
}

/** As `checkFeatures`, for any value. */
export function checkJson(value: unknown, path: string, depth: number): void {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw wrong(path, "made of finite numbers", value);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  if (depth > DEPTH_MAX) throw new BrigandError("CB_BODY_TOO_DEEP", { path, maximum: DEPTH_MAX });
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkJson(value[i], path, depth + 1);
    return;
  }
  if (!isObject(value)) return;
  for (const key in value) {
    const inner = value[key];
    if (key === "__proto__" || (key === "constructor" && isObject(inner) && Object.hasOwn(inner, "prototype"))) {
      throw new BrigandError("CB_BODY_KEY_FORBIDDEN", { key });
    }
    checkJson(inner, path, depth + 1);
  }
}
