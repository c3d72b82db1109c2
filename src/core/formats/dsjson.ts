/**
 * Decision-service JSON of Vowpal Wabbit, one decision a line: contextual bandit lines (`_label_…`, one slot) and
 * conditional ones (`_outcomes`, a slot each). A cost is a reward turned round. docs/formats.md says what it cannot hold.
 */
import { isObject, type JsonObject, kindOf } from "../decide/check.ts";
import type { Features, TimeMs } from "../domain.ts";
import { BrigandError } from "../errors.ts";
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
import { leanLine } from "./dsjsonLean.ts";
import { dsjsonLine } from "./dsjsonLine.ts";
import { type FileFormat, lineReader, type ReaderOptions } from "./format.ts";

export const dsjson: FileFormat = {
  name: "dsjson",
  recognises: (_, value) =>
    isObject(value) && isObject(value.c) && ("_label_cost" in value || "_outcomes" in value || "a" in value),
  reader: (options) =>
    lineReader((text, bytes) => {
      const line = parsedLine(options.shownOnly === true ? leanLine(text, bytes) : text);
      return { kind: "decision", decision: readDsjson(line, options) };
    }),
  writer: () => ({ write: (entry) => (entry.kind === "decision" ? `${dsjsonLine(entry.decision)}\n` : "") }),
};

/** @throws CB_BODY_NOT_JSON, CB_FORMAT_LINE_INVALID where the text is no JSON object */
export function parsedLine(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BrigandError("CB_BODY_NOT_JSON", "A line must be JSON; the line does not parse.", undefined, { cause });
  }
  if (isObject(value)) return value;
  throw wrongIn("The line", "a JSON object", value);
}

/**
 * @throws CB_FORMAT_LINE_INVALID, CB_FORMAT_PROPENSITY_INVALID, CB_BODY_INVALID (numbers that are not finite),
 * CB_BODY_TOO_DEEP, CB_BODY_KEY_FORBIDDEN, CB_EVENT_INVALID and CB_TIME_FUTURE (Timestamp)
 */
export function readDsjson(line: JsonObject, options: ReaderOptions): LoggedDecision {
  const { c } = line;
  if (!isObject(c)) throw wrongIn("c", "an object", c);
  const items = itemsOf(c._multi);
  const { VWState: state, _outcomes: outcomes } = line;
  const decision = {
    id: idOf(line.EventId, "EventId"),
    at: timeOf(line.Timestamp, options),
    model: isObject(state) ? idOf(state.m, "VWState.m") : undefined,
    context: contextOf(c),
    items,
    slots: outcomes === undefined ? oneSlot(line, items.length, options) : slotsOf(outcomes, c._slots, items.length),
    pdrop: pdropOf(line.pdrop),
    skipLearn: line._skipLearn === true ? (true as const) : undefined,
  };
  return checkDecision(options.shownOnly === true ? decision : compact(decision));
}

function timeOf(value: unknown, options: ReaderOptions): TimeMs | undefined {
  return value === undefined || value === null ? undefined : parseTime(value, options);
}

/** Keys with `_` before them are no features; but for `_text` they are left out. */
function contextOf(c: JsonObject): Features {
  for (const name in c) if (isNoFeature(name)) return featuresOf(without(c), "c");
  return featuresOf(c, "c");
}

function without(c: JsonObject): JsonObject {
  const context: { [name: string]: unknown } = {};
  for (const name in c) if (!isNoFeature(name)) context[name] = c[name];
  return context;
}

const isNoFeature = (name: string) => name.charCodeAt(0) === UNDERSCORE && name !== "_text";
const UNDERSCORE = 0x5f;

function itemsOf(multi: unknown): LoggedItem[] {
  if (!Array.isArray(multi)) throw wrongIn("c._multi", "an array of actions", multi);
  return multi.map((action: unknown, i) => {
    if (!isObject(action)) throw wrongIn(`c._multi[${i}]`, "an object", action);
    const { i: named } = action;
    const inner = isObject(named) && typeof named.id === "string" ? named.id : undefined;
    const id = idOf(action._tag ?? inner, `c._multi[${i}]._tag`);
    if (id === undefined && isEmpty(action)) return NOTHING;
    const features = contextOf(action);
    return id === undefined ? { features } : { id, features };
  });
}

/** An action that says nothing: of a lean line all but one. */
const NOTHING: LoggedItem = { features: {} };

function isEmpty(action: JsonObject): boolean {
  for (const _ in action) return false;
  return true;
}

/** The label of a contextual bandit line; without one nothing is known of what was shown. */
function oneSlot(line: JsonObject, items: number, { shownOnly }: ReaderOptions): LoggedSlot[] {
  const { _label_cost: cost, _label_probability: probability, _labelIndex: index, _label_Action: action, a, p } = line;
  const first = Array.isArray(a) ? a[0] : undefined;
  if (cost === undefined && probability === undefined && first === undefined) return [];
  const told = index ?? minusOne(action ?? first);
  const place = index !== undefined ? "_labelIndex" : "_label_Action";
  const itemIndex = indexOf(told, place, items);
  if (index !== undefined && action !== undefined && action !== itemIndex + 1)
    throw wrongIn("_label_Action", `_labelIndex + 1, ${itemIndex + 1}`, action);
  const propensity = propensityOf(probability ?? (Array.isArray(p) ? p[0] : undefined), "_label_probability");
  const reward = cost === undefined || cost === null ? undefined : rewardOf(negated(cost), "_label_cost");
  const list = listOf({ a, p, base: 1, items });
  return [shownOnly === true ? { itemIndex, propensity, reward } : compact({ itemIndex, propensity, reward, ...list })];
}

const minusOne = (value: unknown): unknown => (typeof value === "number" ? value - 1 : value);
const negated = (value: unknown): unknown => (typeof value === "number" ? -value : value);

/** Lists that say no more than the label are left out. */
function listOf({ a, p, base, items }: { a: unknown; p: unknown; base: number; items: number }) {
  if (!Array.isArray(a) || !Array.isArray(p) || a.length < 2) return {};
  if (a.length !== p.length) throw wrongIn("p", `as long as a, ${a.length}`, p);
  const order = new Array<number>(a.length);
  const pmf = new Array<number>(a.length);
  for (let i = 0; i < a.length; i++) {
    order[i] = indexOf(typeof a[i] === "number" ? a[i] - base : a[i], "a", items);
    const share: unknown = p[i];
    if (typeof share !== "number" || !(share >= 0 && share <= 1.000001))
      throw new BrigandError("CB_FORMAT_PROPENSITY_INVALID", { path: `p[${i}]`, came: kindOf(share) });
    pmf[i] = share;
  }
  return { order, pmf };
}

/** Outcomes name items from 0 on; `_a` may be one number, `_p` too. */
function slotsOf(outcomes: unknown, told: unknown, items: number): LoggedSlot[] {
  if (!Array.isArray(outcomes)) throw wrongIn("_outcomes", "an array", outcomes);
  const features: readonly unknown[] = Array.isArray(told) ? told : [];
  return outcomes.map((outcome: unknown, l) => {
    const path = `_outcomes[${l}]`;
    if (!isObject(outcome)) throw wrongIn(path, "an object", outcome);
    const { _a, _p, _label_cost: cost, _id: id } = outcome;
    const slot = features[l];
    const given = isObject(slot) ? contextOf(slot) : {};
    return compact({
      itemIndex: indexOf(Array.isArray(_a) ? _a[0] : _a, `${path}._a`, items),
      propensity: propensityOf(Array.isArray(_p) ? _p[0] : _p, `${path}._p`),
      reward: cost === undefined || cost === null ? undefined : rewardOf(negated(cost), `${path}._label_cost`),
      id: idOf(id ?? (isObject(slot) ? slot._id : undefined), `${path}._id`),
      features: Object.keys(given).length > 0 ? given : undefined,
      ...listOf({ a: _a, p: _p, base: 0, items }),
    });
  });
}
