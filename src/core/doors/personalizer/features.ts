/**
 * Features as Personalizer's callers send them: a list of objects, whose keys are namespaces or names. They become one
 * object, so that the same feature has the same name whichever element of the list it stood in.
 */
import { checkFeatures, isObject, wrong } from "../../decide/check.ts";
import type { Features, Json } from "../../domain.ts";

/**
 * @param value absent or null: no features. Objects of one key are merged, other values of one key become a list.
 * @throws CB_BODY_INVALID, CB_BODY_TOO_DEEP, CB_BODY_KEY_FORBIDDEN. Cost: linear in the size of the value.
 */
export function mergedFeatures(value: unknown, path: string): Features | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrong(path, "an array of objects of features", value);
  let merged: Features = {};
  for (let i = 0; i < value.length; i++) {
    const element: unknown = value[i];
    checkFeatures(element, `${path}[${i}]`);
    merged = i === 0 ? element : join(merged, element);
  }
  return Object.keys(merged).length === 0 ? undefined : merged;
}

/** Keys of prototypes were refused before. */
function join(before: Features, more: Features): Features {
  const joined: { [name: string]: Json } = { ...before };
  for (const [name, value] of Object.entries(more)) {
    joined[name] = Object.hasOwn(joined, name) ? both(joined[name], value) : value;
  }
  return joined;
}

function both(a: Json, b: Json): Json {
  if (isFeatures(a) && isFeatures(b)) return join(a, b);
  return [...(isList(a) ? a : [a]), ...(isList(b) ? b : [b])];
}

function isFeatures(value: Json): value is Features {
  return isObject(value);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
