/**
 * Metarank's events, read unchanged: item, user, ranking, interaction. Ids of people are still the caller's here;
 * `toRecord` makes pseudonyms of them, and nothing else may use them.
 */
import { checkJson, ID_LENGTH_MAX, isObject, type JsonObject, kindOf } from "../decide/check.ts";
import type { Features, Item, ItemId, Json, TimeMs } from "../domain.ts";
import { BrigandError } from "../errors.ts";
import { parseTime } from "./time.ts";

export type MetarankEvent =
  | {
      readonly event: "item";
      readonly id: string;
      readonly at: TimeMs;
      readonly item: ItemId;
      readonly features: Features;
    }
  | {
      readonly event: "user";
      readonly id: string;
      readonly at: TimeMs;
      readonly user: string;
      readonly features: Features;
    }
  | RankingEvent
  | InteractionEvent;

interface People {
  readonly user?: string;
  readonly session?: string;
}

export interface RankingEvent extends People {
  readonly event: "ranking";
  readonly id: string;
  readonly at: TimeMs;
  readonly context: Features;
  readonly items: readonly Item[];
}

export interface InteractionEvent extends People {
  readonly event: "interaction";
  readonly id: string;
  readonly at: TimeMs;
  readonly ranking?: string;
  readonly type: string;
  readonly item: ItemId;
  readonly value?: number;
}

export const RANKING_ITEMS_MAX = 1000;
export const FIELDS_MAX = 1000;

/**
 * @param limit event times up to `now + futureSkewMaxMs` are accepted.
 * @throws CB_EVENT_INVALID, CB_TIME_FUTURE, CB_BODY_INVALID (numbers that are not finite), CB_BODY_TOO_DEEP,
 * CB_BODY_KEY_FORBIDDEN. Fields that Metarank does not define are left out.
 */
export function parseEvent(value: unknown, limit: { now: TimeMs; futureSkewMaxMs: number }): MetarankEvent {
  if (!isObject(value)) throw wrong("The event", "an object", value);
  const kind = value.event;
  if (kind !== "item" && kind !== "user" && kind !== "ranking" && kind !== "interaction") {
    throw wrong("event", "one of item, user, ranking, interaction", kind);
  }
  const id = text(value, "id");
  const at = parseTime(value.timestamp, limit);
  const features = fieldsOf(value.fields);
  if (kind === "item") return { event: kind, id, at, item: text(value, "item"), features };
  if (kind === "user") return { event: kind, id, at, user: text(value, "user"), features };
  const people = { user: optional(value, "user"), session: optional(value, "session") };
  if (kind === "ranking") return { event: kind, id, at, ...people, context: features, items: itemsOf(value.items) };
  const ranking = optional(value, "ranking");
  const told = features.value;
  const amount = typeof told === "number" ? told : undefined;
  return {
    event: kind,
    id,
    at,
    ...people,
    ranking,
    type: text(value, "type"),
    item: text(value, "item"),
    value: amount,
  };
}

function itemsOf(value: unknown): Item[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > RANKING_ITEMS_MAX) {
    throw wrong("items", `an array of 1 to ${RANKING_ITEMS_MAX} items`, value);
  }
  const ids = new Set<string>();
  return value.map((item: unknown, i) => {
    if (!isObject(item)) throw wrong(`items[${i}]`, "an object with id", item);
    const id = text(item, "id");
    if (ids.has(id)) throw wrong(`items[${i}].id`, "different from the ids before it", item.id);
    ids.add(id);
    return item.fields === undefined || item.fields === null ? { id } : { id, features: fieldsOf(item.fields) };
  });
}

/** [{name, value}] → features; of several values of one name the last counts. */
function fieldsOf(value: unknown): Features {
  if (value === undefined || value === null) return {};
  if (!Array.isArray(value) || value.length > FIELDS_MAX) {
    throw wrong("fields", `an array of at most ${FIELDS_MAX} objects with name and value`, value);
  }
  const features: { [name: string]: Json } = {};
  for (const field of value) {
    if (!isObject(field)) throw wrong("fields", "an array of objects with name and value", field);
    const name = text(field, "name");
    if (name === "__proto__") throw new BrigandError("CB_BODY_KEY_FORBIDDEN", { key: name });
    checkJson(field.value, `field ${JSON.stringify(name.slice(0, 64))}`, 1);
    if (isJson(field.value)) features[name] = field.value;
  }
  return features;
}

/** Parsed text is JSON but where a field is absent. */
function isJson(value: unknown): value is Json {
  return value !== undefined;
}

function text(object: JsonObject, field: string): string {
  const value = object[field];
  if (typeof value !== "string" || value.length === 0 || value.length > ID_LENGTH_MAX) {
    throw wrong(field, `a string of 1 to ${ID_LENGTH_MAX} characters`, value);
  }
  return value;
}

function optional(object: JsonObject, field: string): string | undefined {
  return object[field] === undefined || object[field] === null ? undefined : text(object, field);
}

function wrong(path: string, expected: string, value: unknown): BrigandError {
  return new BrigandError("CB_EVENT_INVALID", { path, expected, came: kindOf(value) });
}
