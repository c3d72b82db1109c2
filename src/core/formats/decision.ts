/**
 * One logged decision as the formats of others tell it: who could be shown, what was shown, how likely that was, what
 * came of it. What a format does not tell is absent, never guessed.
 */
import { checkJson, ID_LENGTH_MAX, type JsonObject, kindOf } from "../decide/check.ts";
import type { Features, Json, TimeMs } from "../domain.ts";
import { BrigandError } from "../errors.ts";
import { RANKING_ITEMS_MAX } from "../events/metarank.ts";

export interface LoggedDecision {
  readonly id?: string;
  readonly at?: TimeMs;
  /** People under the names of the file: pseudonyms are made at the edge. */
  readonly user?: string;
  readonly session?: string;
  /** What made the ranking, in the words of the file. */
  readonly model?: string;
  readonly context: Features;
  /** 1 … 1000 candidates in the order of the request. */
  readonly items: readonly LoggedItem[];
  /** What was shown, the first slot first; empty where the file does not say. */
  readonly slots: readonly LoggedSlot[];
  /** Share of such decisions that the log left out at random, in [0, 1): each kept one counts 1 / (1 − pdrop). */
  readonly pdrop?: number;
  /** The file says not to learn from it. */
  readonly skipLearn?: true;
}

export interface LoggedItem {
  /** Absent where items have no names: an item is its features then. Logs of others may name two items alike. */
  readonly id?: string;
  readonly features?: Features;
}

export interface LoggedSlot {
  readonly itemIndex: number;
  /** Probability of this item at this slot given the slots before it, in (0, 1]. */
  readonly propensity?: number;
  /** Absent where nobody knows it. */
  readonly reward?: number;
  /** 1-based; the slot's own number where absent. */
  readonly position?: number;
  readonly id?: string;
  readonly features?: Features;
  /** Item indices from likeliest on or as ranked, the shown one first, and the slot's probabilities in that order. */
  readonly order?: readonly number[];
  readonly pmf?: readonly number[];
}

/** A reward of a larger size is refused: squares and sums must stay finite. */
export const REWARD_MAX = 1e18;
export const SLOTS_MAX = 100;
/** Propensities that float32 rounded up are 1. */
const ROUNDED_ONE = 1 + 1e-6;

/** What one decision counts for: 1 / (1 − pdrop). */
export function importanceOf({ pdrop = 0 }: LoggedDecision): number {
  return 1 / (1 - pdrop);
}

/** @throws CB_FORMAT_LINE_INVALID */
export function wrongIn(path: string, expected: string, value: unknown): BrigandError {
  return new BrigandError("CB_FORMAT_LINE_INVALID", { path, expected, came: kindOf(value) });
}

/** A propensity in (0, 1]. @throws CB_FORMAT_PROPENSITY_INVALID for 0, negative, above 1, NaN and no number */
export function propensityOf(value: unknown, path: string): number {
  if (typeof value === "number" && value > 0 && value <= ROUNDED_ONE) return value > 1 ? 1 : value;
  throw new BrigandError("CB_FORMAT_PROPENSITY_INVALID", { path, came: kindOf(value) });
}

/** @throws CB_FORMAT_LINE_INVALID unless finite and of a size of at most 1e18 */
export function rewardOf(value: unknown, path: string): number {
  if (typeof value === "number" && Math.abs(value) <= REWARD_MAX) return value === 0 ? 0 : value;
  throw wrongIn(path, "a number of a size of at most 1e18", value);
}

/** @throws CB_FORMAT_LINE_INVALID unless in [0, 1) */
export function pdropOf(value: unknown): number | undefined {
  if (value === undefined || value === 0) return undefined;
  if (typeof value === "number" && value > 0 && value < 1) return value;
  throw wrongIn("pdrop", "a number of at least 0 and below 1", value);
}

/** @throws CB_FORMAT_LINE_INVALID unless 1 … 256 characters; absent stays absent */
export function idOf(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string" && value.length <= ID_LENGTH_MAX) return value;
  throw wrongIn(path, `a string of at most ${ID_LENGTH_MAX} characters`, value);
}

/** An index into the items. @throws CB_FORMAT_LINE_INVALID */
export function indexOf(value: unknown, path: string, items: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < items) return value;
  throw wrongIn(path, `an index of one of the ${items} items`, value);
}

/** Parsed JSON as features: numbers finite, at most 32 levels. @throws CB_BODY_INVALID, CB_BODY_TOO_DEEP, CB_BODY_KEY_FORBIDDEN */
export function featuresOf(value: JsonObject, path: string): Features {
  checkJson(value, path, 1);
  if (isFeatures(value)) return value;
  throw wrongIn(path, "an object of features", value);
}

/** What `checkJson` let through is JSON. */
function isFeatures(value: JsonObject): value is Features {
  return typeof value === "object";
}

/** @throws CB_FORMAT_LINE_INVALID for a value that JSON does not have */
export function jsonOf(value: unknown, path: string): Json {
  checkJson(value, path, 1);
  return featuresOf({ value }, path).value;
}

/** @throws CB_FORMAT_LINE_INVALID for no items, too many of them or of slots, an item shown twice */
export function checkDecision(decision: LoggedDecision): LoggedDecision {
  const { items, slots } = decision;
  if (!(items.length >= 1 && items.length <= RANKING_ITEMS_MAX))
    throw wrongIn("the items", `1 to ${RANKING_ITEMS_MAX}`, items);
  if (!(slots.length <= SLOTS_MAX)) throw wrongIn("the slots", `at most ${SLOTS_MAX}`, slots);
  if (slots.length > 1 && new Set(slots.map(({ itemIndex }) => itemIndex)).size < slots.length)
    throw wrongIn("the slots", "of different items", slots);
  return decision;
}

/** An object without its absent fields, so that equal decisions are equal values. */
export function compact<T extends object>(value: T): T {
  for (const key in value) if (value[key] === undefined) delete value[key];
  return value;
}
