/** What is kept of an API key: everything but the key. */
import { checkInteger, checkKeys, isObject, type JsonObject, wrong } from "../decide/check.ts";
import type { TimeMs } from "../domain.ts";
import { POLICY_NAME } from "../settings/policy.ts";
import { isRole, type Principal, ROLES, type Role } from "./principal.ts";

/** What its maker says of a key. */
export interface KeyTerms {
  /** For people: who or what uses it. */
  readonly name: string;
  readonly roles: readonly Role[];
  readonly policies: readonly string[] | "all";
  /** Not valid from then on. */
  readonly expiresAt?: TimeMs;
  /** Requests a second in one server process, and as many at once; absent: the setting keyRequestsPerSecondMax. */
  readonly requestsPerSecond?: number;
}

export interface KeyRecord extends KeyTerms {
  /** Public; the beginning of the key. */
  readonly id: string;
  /** SHA-256 of the whole key, 64 hex digits. */
  readonly hash: string;
  readonly createdAt: TimeMs;
  readonly revokedAt?: TimeMs;
  /** The key that it takes the place of. */
  readonly rotates?: string;
}

/** The record without the hash. */
export type KeyTold = Omit<KeyRecord, "hash"> & { readonly state: "active" | "expired" | "revoked" };

const NAME_LENGTH_MAX = 100;
const POLICIES_MAX = 100;
const TERMS: ReadonlySet<string> = new Set(["name", "roles", "policies", "expiresAt", "requestsPerSecond"]);
const TIME = { min: 1, max: Number.MAX_SAFE_INTEGER };
const POLICY = new RegExp(POLICY_NAME);

/** @throws CB_BODY_INVALID, CB_BODY_KEY_FORBIDDEN */
export function readTerms(given: unknown): KeyTerms {
  if (!isObject(given)) throw wrong("The body", "an object with name and roles", given);
  checkKeys(given, TERMS, "The body");
  return termsOf(given);
}

/** A record as a file holds it. @throws CB_BODY_INVALID */
export function readKeyRecord(given: unknown): KeyRecord {
  if (!isObject(given)) throw wrong("The record", "an object", given);
  const { id, hash, createdAt, revokedAt, rotates } = given;
  if (typeof id !== "string" || !/^[0-9a-z]{10}$/.test(id)) throw wrong("id", "ten letters and digits", id);
  if (typeof hash !== "string" || !/^[0-9a-f]{64}$/.test(hash)) throw wrong("hash", "64 hex digits", hash);
  checkInteger(createdAt, "createdAt", TIME);
  if (revokedAt !== undefined) checkInteger(revokedAt, "revokedAt", TIME);
  if (rotates !== undefined && typeof rotates !== "string") throw wrong("rotates", "a key's id", rotates);
  return { ...termsOf(given), id, hash, createdAt, revokedAt, rotates };
}

export function isValid({ revokedAt, expiresAt }: KeyRecord, now: TimeMs): boolean {
  return revokedAt === undefined && (expiresAt === undefined || now < expiresAt);
}

export function principalOf({ id: keyId, name, roles, policies }: KeyRecord): Principal {
  return { keyId, name, roles, policies };
}

export function told({ hash: _, ...record }: KeyRecord, now: TimeMs): KeyTold {
  const ended = record.revokedAt === undefined ? "expired" : "revoked";
  return { ...record, state: isValid({ hash: _, ...record }, now) ? "active" : ended };
}

function termsOf({ name, roles, policies = "all", expiresAt, requestsPerSecond }: JsonObject): KeyTerms {
  if (typeof name !== "string" || name.trim() === "" || name.length > NAME_LENGTH_MAX || /\p{Cc}/u.test(name)) {
    throw wrong("name", `text of 1 to ${NAME_LENGTH_MAX} characters`, name);
  }
  if (expiresAt !== undefined) checkInteger(expiresAt, "expiresAt", TIME);
  if (requestsPerSecond !== undefined) checkInteger(requestsPerSecond, "requestsPerSecond", { min: 1, max: 1e9 });
  return { name, roles: rolesOf(roles), policies: policiesOf(policies), expiresAt, requestsPerSecond };
}

function rolesOf(given: unknown): readonly Role[] {
  const roles: readonly unknown[] = Array.isArray(given) ? given : [];
  const known = roles.filter(isRole);
  if (known.length === 0 || known.length !== roles.length || new Set(known).size !== known.length) {
    throw wrong("roles", `an array of some of ${ROLES.join(", ")}`, given);
  }
  return known;
}

function policiesOf(given: unknown): readonly string[] | "all" {
  if (given === "all") return given;
  const names: readonly unknown[] = Array.isArray(given) ? given : [];
  const known = names.filter((name): name is string => typeof name === "string" && POLICY.test(name));
  if (known.length === 0 || known.length !== names.length || known.length > POLICIES_MAX) {
    throw wrong("policies", `"all" or an array of 1 to ${POLICIES_MAX} names of policies`, given);
  }
  return known;
}
