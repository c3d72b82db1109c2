/** Typed reads of what a schema has checked already. */
import Type from "typebox";
import { isObject, wrong } from "../../core/decide/check.ts";
import { BrigandError } from "../../core/errors.ts";
import { POLICY_NAME } from "../../core/settings/policy.ts";

const NAME = new RegExp(POLICY_NAME);

/** ?policy= of an address. @throws CB_POLICY_NAME_INVALID */
export function policyOf(query: unknown): string | undefined {
  const policy = isObject(query) ? query.policy : undefined;
  return policy === undefined ? undefined : policyName(policy);
}

/** A parameter of the path. */
export function parameter(params: unknown, name: string): string {
  const value = isObject(params) ? params[name] : undefined;
  return typeof value === "string" ? value : "";
}

/** @throws CB_POLICY_NAME_INVALID */
export function policyName(value: unknown): string {
  if (typeof value === "string" && NAME.test(value)) return value;
  throw new BrigandError("CB_POLICY_NAME_INVALID", { came: JSON.stringify(String(value).slice(0, 64)) });
}

export const ForceQuery = Type.Object(
  { force: Type.Optional(Type.String({ description: "true: labelled though the gate refuses, which is kept." })) },
  { additionalProperties: false },
);

/** ?force= of an address; in the address, so that it stands in the audit log. @throws CB_QUERY_INVALID */
export function forceOf(query: unknown): boolean {
  const force = isObject(query) ? query.force : undefined;
  if (force === undefined || force === "false") return false;
  if (force === "true") return true;
  throw wrong("force", "true or false", force, "CB_QUERY_INVALID");
}
