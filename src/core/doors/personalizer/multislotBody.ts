/**
 * POST multislot/rank of Personalizer: each slot is a decision of its own, drawn in order from the actions that are
 * left, so that its propensity is exact given the slots before it, and a reward finds its slot by an id of its own.
 */
import { checkId, isObject, wrong } from "../../decide/check.ts";
import type { RankRequest } from "../../decide/rankRequest.ts";
import type { Features, ItemId, Json } from "../../domain.ts";
import { BrigandError } from "../../errors.ts";
import { mergedFeatures } from "./features.ts";
import { admissible } from "./matching.ts";
import { type Event, known, type RankBounds, readEvent, readIds } from "./rankBody.ts";

export const EVENT_SLOTS_MAX = 50;

export interface EventSlot {
  readonly id: string;
  readonly features?: Features;
  readonly exclude: ReadonlySet<ItemId>;
  readonly baseline: ItemId;
}

export interface SlotEvent extends Event {
  readonly slots: readonly EventSlot[];
}

/** @throws CB_BODY_INVALID, CB_ITEM_DUPLICATE, CB_BODY_TOO_DEEP, CB_BODY_KEY_FORBIDDEN */
export function readMultislot(body: unknown, bounds: RankBounds): SlotEvent {
  if (!isObject(body)) throw wrong("The body", "an object with actions and slots", body);
  const event = readEvent(body, bounds);
  const { slots } = body;
  const { items } = event.request;
  const most = Math.min(EVENT_SLOTS_MAX, items.length);
  if (!Array.isArray(slots) || slots.length < 1 || slots.length > most)
    throw wrong("slots", `an array of 1 to ${most} slots, at most as many as actions`, slots);
  const read = slots.map((slot: unknown, i) => readSlot(slot, `slots[${i}]`, event));
  checkUnique(
    read.map(({ id }) => id),
    "id",
  );
  checkUnique(
    read.map(({ baseline }) => baseline),
    "baselineAction",
  );
  return { ...event, slots: read };
}

function readSlot(slot: unknown, path: string, { request: { items } }: Event): EventSlot {
  if (!isObject(slot)) throw wrong(path, "an object with id and baselineAction", slot);
  const { id, baselineAction: baseline } = slot;
  checkId(id, `${path}.id`);
  checkId(baseline, `${path}.baselineAction`);
  known([baseline], items, `${path}.baselineAction`);
  const exclude = new Set(
    known(readIds(slot.excludedActions, `${path}.excludedActions`), items, `${path}.excludedActions`),
  );
  if (exclude.has(baseline)) throw wrong(`${path}.baselineAction`, "none of its excludedActions", baseline);
  return { id, features: mergedFeatures(slot.features, `${path}.features`), exclude, baseline };
}

function checkUnique(values: readonly string[], field: string): void {
  const twice = values.findIndex((value, i) => values.indexOf(value) !== i);
  if (twice >= 0) throw wrong(`slots[${twice}].${field}`, "different from those of the other slots", values[twice]);
}

/**
 * Ids of an event's decisions, one a slot, in the order of the slots: they follow from the event's alone, so that
 * whoever knows the event finds its slots. @throws CB_BODY_INVALID where that is too long
 */
export function slotDecisionId(eventId: string, slot: number): string {
  const id = `${eventId}:${slot}`;
  checkId(id, "eventId, a colon and the slot's number together");
  return id;
}

/**
 * The ranking request of a slot, after `taken` went to the slots before it. Which slot it is is context: its id and its
 * features. The caller's order begins with the slot's baseline while that is left.
 * @throws CB_ITEMS_NONE_ELIGIBLE where exclusions leave no way to fill all slots
 */
export function slotRequest(
  event: SlotEvent,
  slot: number,
  given: { eventId: string; taken: ReadonlySet<ItemId> },
): RankRequest {
  const { request } = event;
  const { id, features, baseline } = event.slots[slot];
  const own = request.context?.slot;
  const context = { ...request.context, slot: { ...(isFeatures(own) ? own : undefined), ...features, id } };
  const first = request.items.filter((item) => item.id === baseline);
  const items = [...first, ...request.items.filter((item) => item.id !== baseline)];
  const decisionId = slotDecisionId(given.eventId, slot);
  return { ...request, items, context, decisionId, slots: 1, exclude: excludedOf(event, slot, given.taken) };
}

/** A context may speak of a slot itself. */
function isFeatures(value: Json | undefined): value is Features {
  return isObject(value);
}

function excludedOf({ request: { items }, slots }: SlotEvent, slot: number, taken: ReadonlySet<ItemId>): ItemId[] {
  const [own, ...later] = slots
    .slice(slot)
    .map(({ exclude }) => items.flatMap(({ id }, i) => (taken.has(id) || exclude.has(id) ? [] : [i])));
  const free = later.every(({ length }) => length === items.length - taken.size);
  const mayTake = new Set(free ? own : admissible(own, later));
  if (mayTake.size === 0) throw new BrigandError("CB_ITEMS_NONE_ELIGIBLE", { n: items.length });
  return items.flatMap(({ id }, i) => (mayTake.has(i) ? [] : [id]));
}
