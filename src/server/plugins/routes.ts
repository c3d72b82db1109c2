/** Which routes there are, for the answer to those who miss them; and queries without fields that nobody reads. */
import type { FastifyInstance } from "fastify";
import { isObject, kindOf } from "../../core/decide/check.ts";
import { BrigandError } from "../../core/errors.ts";

export function noteRoutes(app: FastifyInstance): void {
  const known: string[] = [];
  app.decorate("routesKnown", known);
  app.addHook("onRoute", ({ method, url, schema }) => {
    if (method === "HEAD" || schema === undefined || schema.hide === true) return;
    known.push(`${String(method)} ${url.replace(/:(\w+)/g, "{$1}")}`);
  });
}

/** A validator that knows the fields of a query's schema and takes each as text, once. */
export function queryValidator(schema: unknown): (query: unknown) => true | { error: BrigandError } {
  const properties = isObject(schema) && isObject(schema.properties) ? Object.keys(schema.properties) : [];
  return (query) => {
    if (!isObject(query)) return true;
    for (const key in query) {
      if (properties.includes(key) && typeof query[key] === "string") continue;
      const expected = properties.length === 0 ? "absent" : `one of ${properties.join(", ")}, once`;
      const came = properties.includes(key) ? kindOf(query[key]) : JSON.stringify(key.slice(0, 64));
      return { error: new BrigandError("CB_QUERY_INVALID", { path: "Every field", expected, came }) };
    }
    return true;
  };
}
