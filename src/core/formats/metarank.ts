/**
 * Metarank's events, one JSON a line. Reading takes them as they are; a decision is written as a ranking of what was
 * shown and an interaction for each reward that is not 0. Propensities and candidates not shown have no place there.
 */
import { isObject } from "../decide/check.ts";
import type { Features, Json } from "../domain.ts";
import { type MetarankEvent, parseEvent } from "../events/metarank.ts";
import { flatten } from "../features/flatten.ts";
import type { LoggedDecision } from "./decision.ts";
import { parsedLine } from "./dsjson.ts";
import { type FileEntry, type FileFormat, lineReader } from "./format.ts";

export const metarank: FileFormat = {
  name: "metarank",
  recognises: (_, value) => isObject(value) && typeof value.event === "string",
  reader: (options) => lineReader((text) => ({ kind: "event", event: parseEvent(parsedLine(text), options) })),
  writer: () => {
    let decisions = 0;
    return {
      write(entry: FileEntry): string {
        if (entry.kind === "event") return `${JSON.stringify(eventJson(entry.event))}\n`;
        return decisionEvents(entry.decision, ++decisions)
          .map((event) => `${JSON.stringify(event)}\n`)
          .join("");
      },
    };
  },
};

/** An event as Metarank reads it. */
export function eventJson(event: MetarankEvent): object {
  const { event: kind, id, at: timestamp } = event;
  if (event.event === "item") return { event: kind, id, item: event.item, timestamp, fields: fieldsOf(event.features) };
  if (event.event === "user") return { event: kind, id, user: event.user, timestamp, fields: fieldsOf(event.features) };
  const { user, session } = event;
  if (event.event === "ranking") {
    const items = event.items.map((item) => ({ id: item.id, fields: item.features && fieldsOf(item.features) }));
    return { event: kind, id, user, session, timestamp, fields: fieldsOf(event.context), items };
  }
  const { ranking, type, item, value } = event;
  const fields = value === undefined ? undefined : [{ name: "value", value }];
  return { event: kind, id, ranking, user, session, type, item, timestamp, fields };
}

/** Names of decisions and items that have none are numbers. */
function decisionEvents(decision: LoggedDecision, number: number): object[] {
  const { id = `decision-${number}`, at: timestamp = number, user, session, context, slots, items } = decision;
  const shown = slots.map(({ itemIndex, reward }) => ({
    item: items[itemIndex],
    id: items[itemIndex].id ?? String(itemIndex + 1),
    reward,
  }));
  if (shown.length === 0) return [];
  const people = { user, session };
  const listed = shown.map((slot) => ({ id: slot.id, fields: slot.item.features && fieldsOf(slot.item.features) }));
  const ranking = { event: "ranking", id, ...people, timestamp, fields: fieldsOf(context), items: listed };
  const answers = shown.flatMap(({ id: item, reward = 0 }, l) => {
    if (reward === 0) return [];
    const fields = reward === 1 ? undefined : [{ name: "value", value: reward }];
    return [
      { event: "interaction", id: `${id}.${l + 1}`, ranking: id, ...people, type: "reward", item, timestamp, fields },
    ];
  });
  return [ranking, ...answers];
}

/** Nested names are joined by dots; several strings of one name are a list. */
function fieldsOf(features: Features): { name: string; value: Json }[] {
  const plain: { name: string; value: Json }[] = [];
  for (const [name, value] of Object.entries(features)) {
    if (typeof value !== "object" || isFlatList(value)) plain.push({ name, value });
    else if (value !== null) plain.push(...leavesOf(name, value));
  }
  return plain;
}

function isFlatList(value: Json): boolean {
  return Array.isArray(value) && value.every((inner) => typeof inner === "string" || typeof inner === "number");
}

function leavesOf(name: string, value: Json): { name: string; value: Json }[] {
  const leaves = new Map<string, Json[]>();
  flatten(
    { [name]: value },
    {
      number: (field, inner) => void leaves.set(field, [inner]),
      token: (field, inner) => void leaves.set(field, [...(leaves.get(field) ?? []), inner]),
    },
  );
  return [...leaves].map(([field, values]) => ({ name: field, value: values.length === 1 ? values[0] : values }));
}
