/** Who asks, and what they may do. */
import { BrigandError } from "../errors.ts";

export const ROLES = ["app", "ml", "analyst", "privacy", "admin"] as const;
/**
 * app: rank, reward, feedback. ml: models and settings. analyst: logs, decisions, experiments, pages. privacy: the
 * audit log. admin: everything, and the keys.
 */
export type Role = (typeof ROLES)[number];

/** The holder of a key, or everybody where no key exists. */
export interface Principal {
  /** Of the key; undefined where access is open. */
  readonly keyId?: string;
  /** As the audit log names them. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** Policies within reach. */
  readonly policies: readonly string[] | "all";
}

/** Everybody, where access is open. */
export const EVERYBODY: Principal = { name: "open", roles: ROLES, policies: "all" };

export function isRole(text: unknown): text is Role {
  return ROLES.some((role) => role === text);
}

/** Whether one of the roles is among the needed ones; admin always is. Cost: a few comparisons. */
export function hasRole({ roles }: Principal, needed: readonly Role[]): boolean {
  for (const role of roles) if (role === "admin" || needed.includes(role)) return true;
  return false;
}

export function reaches({ policies }: Principal, policy: string): boolean {
  return policies === "all" || policies.includes(policy);
}

/** @throws CB_ACCESS_POLICY; it names only what the key itself holds */
export function checkReach(principal: Principal, policy: string): void {
  if (principal.policies === "all" || principal.policies.includes(policy)) return;
  throw new BrigandError("CB_ACCESS_POLICY", { known: principal.policies.join(", ") });
}

/** Those of the names that are within reach. */
export function within(principal: Principal, names: readonly string[]): readonly string[] {
  return principal.policies === "all" ? names : names.filter((name) => reaches(principal, name));
}
