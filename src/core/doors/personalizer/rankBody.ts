/** POST rank of Personalizer as a ranking request of ours. The chosen action is the one shown row of the decision. */
import { checkBoolean, checkId, isObject, type JsonObject, wrong } from "../../decide/check.ts";
import { ITEMS_MAX, type RankRequest } from "../../decide/rankRequest.ts";
import type { Item, ItemId } from "../../domain.ts";
import { BrigandError } from "../../errors.ts";
import { mergedFeatures } from "./features.ts";

export interface RankBounds {
  /** Name of the policy that stands for the loop. */
  readonly policy: string;
  readonly actionsMax: number;
}

/** What rank and multi-slot rank have in common. */
export interface Event {
  readonly eventId?: string;
  readonly request: Pick<RankRequest, "policy" | "context" | "items" | "defer">;
}

/**
 * Fields that Personalizer does not define are left out, as the service did.
 * @throws CB_BODY_INVALID, CB_ITEM_DUPLICATE, CB_BODY_TOO_DEEP, CB_BODY_KEY_FORBIDDEN
 */
export function readRankBody(body: unknown, bounds: RankBounds): RankRequest {
  if (!isObject(body)) throw wrong("The body", "an object with actions", body);
  const { eventId, request } = readEvent(body, bounds);
  const exclude = readIds(body.excludedActions, "excludedActions");
  return { ...request, slots: 1, decisionId: eventId, exclude: known(exclude, request.items, "excludedActions") };
}

/** @throws as `readRankBody` */
export function readEvent(body: JsonObject, { policy, actionsMax }: RankBounds): Event {
  const { eventId, deferActivation: defer } = body;
  if (eventId !== undefined && eventId !== null) checkId(eventId, "eventId");
  if (defer !== undefined && defer !== null) checkBoolean(defer, "deferActivation");
  const context = mergedFeatures(body.contextFeatures, "contextFeatures");
  const items = readActions(body.actions, actionsMax);
  const request = { policy, context, items, defer: defer === true };
  return { eventId: eventId ?? undefined, request };
}

function readActions(value: unknown, actionsMax: number): Item[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > Math.min(actionsMax, ITEMS_MAX)) {
    throw wrong("actions", `an array of 1 to ${Math.min(actionsMax, ITEMS_MAX)} actions`, value);
  }
  const ids = new Set<string>();
  return value.map((action: unknown, i) => {
    if (!isObject(action)) throw wrong(`actions[${i}]`, "an object with id and features", action);
    const { id } = action;
    checkId(id, `actions[${i}].id`);
    if (ids.has(id)) throw new BrigandError("CB_ITEM_DUPLICATE", { came: id });
    ids.add(id);
    const features = mergedFeatures(action.features, `actions[${i}].features`);
    return features === undefined ? { id } : { id, features };
  });
}

/** A list of ids, or nothing. @throws CB_BODY_INVALID */
export function readIds(value: unknown, path: string): readonly ItemId[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > ITEMS_MAX)
    throw wrong(path, `an array of at most ${ITEMS_MAX} ids`, value);
  return value.map((id: unknown, i) => {
    checkId(id, `${path}[${i}]`);
    return id;
  });
}

/** @throws CB_BODY_INVALID for an id that is no action's */
export function known(ids: readonly ItemId[], items: readonly Item[], path: string): readonly ItemId[] {
  const actions = new Set(items.map(({ id }) => id));
  const stranger = ids.findIndex((id) => !actions.has(id));
  if (stranger >= 0) throw wrong(`${path}[${stranger}]`, "the id of one of the actions", ids[stranger]);
  return ids;
}
