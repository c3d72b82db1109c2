/**
 * Our own lines: a whole decision as JSON, nothing lost. `{"brigand":1,…}` with the fields of `LoggedDecision`, times in
 * ISO 8601. The lines of `brigand logs` are read too: their items are names alone.
 */
import { isObject, type JsonObject, kindOf } from "../decide/check.ts";
import { BrigandError } from "../errors.ts";
import { parseEvent } from "../events/metarank.ts";
import { parseTime } from "../events/time.ts";
import {
  checkDecision,
  compact,
  featuresOf,
  idOf,
  indexOf,
  type LoggedDecision,
  type LoggedItem,
  type LoggedSlot,
  pdropOf,
  propensityOf,
  rewardOf,
  wrongIn,
} from "./decision.ts";
import { parsedLine } from "./dsjson.ts";
import { type FileEntry, type FileFormat, lineReader, type ReaderOptions } from "./format.ts";
import { eventJson } from "./metarank.ts";

const VERSION = 1;

export const jsonl: FileFormat = {
  name: "jsonl",
  recognises: (_, value) => isObject(value) && ("brigand" in value || "decisionId" in value),
  reader: (options) => lineReader((text) => read(parsedLine(text), options)),
  writer: () => ({ write: (entry) => `${JSON.stringify(lineOf(entry))}\n` }),
};

function lineOf(entry: FileEntry): object {
  if (entry.kind === "event") return { brigand: VERSION, ...eventJson(entry.event) };
  const { at, id, user, session, model, context, items, slots, pdrop, skipLearn } = entry.decision;
  const told = { id, at: at === undefined ? undefined : isoOf(at), user, session, model, context, items, slots };
  return { brigand: VERSION, ...told, pdrop, skipLearn };
}

/** Fractions of a millisecond are kept as a number. */
function isoOf(at: number): string | number {
  return Number.isInteger(at) ? new Date(at).toISOString() : at;
}

function read(line: JsonObject, options: ReaderOptions): FileEntry {
  if (line.brigand !== undefined && line.brigand !== VERSION)
    throw wrongIn("brigand", `the version ${VERSION}`, line.brigand);
  if (line.event !== undefined) return { kind: "event", event: parseEvent(line, options) };
  return {
    kind: "decision",
    decision: line.decisionId === undefined ? readOwn(line, options) : readListed(line, options),
  };
}

function readOwn(line: JsonObject, options: ReaderOptions): LoggedDecision {
  const items = arrayOf(line.items, "items").map(itemOf);
  return checkDecision(
    compact({
      ...common(line, options),
      id: idOf(line.id, "id"),
      user: idOf(line.user, "user"),
      session: idOf(line.session, "session"),
      model: idOf(line.model, "model"),
      context: line.context === undefined ? {} : objectOf(line.context, "context"),
      items,
      slots: arrayOf(line.slots ?? [], "slots").map((slot, l) => slotOf(slot, `slots[${l}]`, items.length)),
      pdrop: pdropOf(line.pdrop),
      skipLearn: line.skipLearn === true ? true : undefined,
    }),
  );
}

/** A line of `brigand logs`: items are ids, what was shown is named, people are pseudonyms already. */
function readListed(line: JsonObject, options: ReaderOptions): LoggedDecision {
  const items = arrayOf(line.items, "items").map(itemOf);
  const shown = arrayOf(line.shown, "shown");
  const propensities = arrayOf(line.propensities, "propensities");
  const rewards = arrayOf(line.rewards ?? [], "rewards");
  const told = line.context === undefined ? {} : objectOf(line.context, "context");
  const context = line.user === undefined ? told : { ...told, user: objectOf(line.user, "user") };
  return checkDecision(
    compact({
      ...common(line, options),
      id: idOf(line.decisionId, "decisionId"),
      user: idOf(line.subject, "subject"),
      session: idOf(line.session, "session"),
      model: typeof line.modelVersion === "number" ? String(line.modelVersion) : undefined,
      context,
      items,
      slots: shown.map((name, l) => {
        const itemIndex = items.findIndex(({ id }) => id === name);
        const reward = rewards[l] ?? undefined;
        return compact({
          itemIndex: indexOf(itemIndex, `shown[${l}]`, items.length),
          propensity: propensityOf(propensities[l], `propensities[${l}]`),
          reward: reward === undefined ? undefined : rewardOf(reward, `rewards[${l}]`),
        });
      }),
    }),
  );
}

function common(line: JsonObject, options: ReaderOptions): { at: number | undefined } {
  return { at: line.at === undefined ? undefined : parseTime(line.at, options) };
}

function arrayOf(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrongIn(path, "an array", value);
}

function objectOf(value: unknown, path: string) {
  if (isObject(value)) return featuresOf(value, path);
  throw wrongIn(path, "an object", value);
}

function itemOf(value: unknown, i: number): LoggedItem {
  if (typeof value === "string") return compact({ id: idOf(value, `items[${i}]`) });
  if (!isObject(value)) throw wrongIn(`items[${i}]`, "an object", value);
  const { id, features } = value;
  return compact({
    id: idOf(id, `items[${i}].id`),
    features: features === undefined ? undefined : objectOf(features, `items[${i}].features`),
  });
}

function slotOf(value: unknown, path: string, items: number): LoggedSlot {
  if (!isObject(value)) throw wrongIn(path, "an object", value);
  const { itemIndex, propensity, reward, position, id, features, order, pmf } = value;
  return compact({
    itemIndex: indexOf(itemIndex, `${path}.itemIndex`, items),
    propensity: propensity === undefined ? undefined : propensityOf(propensity, `${path}.propensity`),
    reward: reward === undefined ? undefined : rewardOf(reward, `${path}.reward`),
    position: position === undefined ? undefined : 1 + indexOf(Number(position) - 1, `${path}.position`, 1000),
    id: idOf(id, `${path}.id`),
    features: features === undefined ? undefined : objectOf(features, `${path}.features`),
    order:
      order === undefined
        ? undefined
        : arrayOf(order, `${path}.order`).map((index) => indexOf(index, `${path}.order`, items)),
    pmf: pmf === undefined ? undefined : arrayOf(pmf, `${path}.pmf`).map((p) => shareOf(p, `${path}.pmf`)),
  });
}

function shareOf(value: unknown, path: string): number {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw new BrigandError("CB_FORMAT_PROPENSITY_INVALID", { path, came: kindOf(value) });
}
