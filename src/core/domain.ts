/**
 * The words of the product as types. Text in, text out: ids are opaque strings of the caller,
 * except `Subject`, which is always a keyed pseudonym and never what the caller sent.
 */

export type PolicyName = string;
export type DecisionId = string;
export type ItemId = string;
/** Keyed pseudonym of a user or session: 22 characters of base64url (128 bits of an HMAC). */
export type Subject = string;
/** Milliseconds since 1970, UTC. */
export type TimeMs = number;
/** Position in an append-only stream: the byte offset at which a frame starts. */
export type Position = number;

/** Any JSON a caller may send as features; flattened by `features/flatten.ts`. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Features = { readonly [name: string]: Json };

/** A candidate as the caller named it; features left out are looked up in the catalogue. */
export interface Item {
  readonly id: ItemId;
  readonly features?: Features;
}

/** Who chose the answer (semantics: model, the caller's own order, or a fault). */
export type Served = "model" | "baseline" | "degraded";

export type RewardAggregation = "sum" | "first" | "max" | "mean";
export type Mode = "online" | "log-only" | "apprentice";
