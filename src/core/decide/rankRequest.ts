/** The body of POST /v1/rank, read by hand: for 100 items a schema validator costs more than the draw. */
import type { Features, Item, ItemId } from "../domain.ts";
import { BrigandError } from "../errors.ts";
import type { ItemNumbers } from "../features/itemNumbers.ts";
import {
  checkBoolean,
  checkFeatures,
  checkId,
  checkInteger,
  checkKeys,
  ID_LENGTH_MAX,
  isObject,
  wrong,
} from "./check.ts";

export const ITEMS_MAX = 1000;
export const SLOTS_MAX = 100;
export const PURPOSES_MAX = 16;
export const TIMEOUT_MS_MIN = 5;
export const TIMEOUT_MS_MAX = 60_000;

/** An item fixed to a position (1-based) of the answer. */
export interface RequestPin {
  readonly id: ItemId;
  readonly position: number;
}

export interface RankRequest {
  readonly policy: string;
  readonly decisionId?: string;
  /** Ids of people as the caller sent them: pseudonymised at once, kept nowhere. */
  readonly user?: { readonly id: string; readonly features?: Features };
  readonly session?: string;
  /** Purposes that the user consents to, where the caller knows. */
  readonly consent?: readonly string[];
  readonly context?: Features;
  readonly items: readonly Item[];
  /** Further features of `items`; not in JSON. */
  readonly itemNumbers?: ItemNumbers;
  readonly exclude?: readonly ItemId[];
  readonly baseline?: ItemId;
  readonly pins?: readonly RequestPin[];
  readonly slots?: number;
  readonly timeoutMs?: number;
  readonly defer?: boolean;
  readonly explain?: boolean;
}

type Check = (value: unknown) => void;

/** By field; `items` apart, `policy` as well. */
const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["policy", () => {}],
  ["items", checkItems],
  ["decisionId", (value) => checkId(value, "decisionId")],
  ["user", checkUser],
  ["session", (value) => checkId(value, "session")],
  ["consent", checkConsent],
  ["context", (value) => checkFeatures(value, "context")],
  ["exclude", checkExclude],
  ["baseline", (value) => checkId(value, "baseline")],
  ["pins", checkPins],
  ["slots", (value) => checkInteger(value, "slots", { min: 1, max: SLOTS_MAX })],
  ["timeoutMs", (value) => checkInteger(value, "timeoutMs", { min: TIMEOUT_MS_MIN, max: TIMEOUT_MS_MAX })],
  ["defer", (value) => checkBoolean(value, "defer")],
  ["explain", (value) => checkBoolean(value, "explain")],
]);
const USER_FIELDS: ReadonlySet<string> = new Set(["id", "features"]);
const PIN_FIELDS: ReadonlySet<string> = new Set(["id", "position"]);

/**
 * The body itself when it is a ranking request (nothing is copied).
 * @param checked `items` where they are known to be good (`plainItems.ts`).
 * @throws CB_BODY_INVALID, CB_POLICY_REQUIRED, CB_ITEM_DUPLICATE, CB_BODY_TOO_DEEP, CB_BODY_KEY_FORBIDDEN
 * Cost: about 5 µs for 100 items given by id.
 */
export function readRank(body: unknown, checked?: readonly Item[]): RankRequest {
  assertRank(body, checked);
  return body;
}

function assertRank(body: unknown, checked: readonly Item[] | undefined): asserts body is RankRequest {
  if (!isObject(body)) throw wrong("The body", "an object", body);
  for (const key in body) {
    const check = CHECKS.get(key);
    if (check === undefined) throw unknownField(key);
    if (checked === undefined || body[key] !== checked) check(body[key]);
  }
  if (body.policy === undefined)
    throw new BrigandError("CB_POLICY_REQUIRED", { place: "the body", known: "see GET /v1/policies" });
  if (typeof body.policy !== "string") throw wrong("policy", "the name of a policy", body.policy);
  if (body.items === undefined) throw wrong("items", `an array of 1 to ${ITEMS_MAX} items`, undefined);
}

function unknownField(key: string): BrigandError {
  if (key === "__proto__") return new BrigandError("CB_BODY_KEY_FORBIDDEN", { key });
  return new BrigandError("CB_BODY_INVALID", {
    path: "The body",
    expected: `an object of the fields ${[...CHECKS.keys()].join(", ")}`,
    came: `a field named ${JSON.stringify(key.slice(0, 64))}`,
  });
}

/** @throws as `readRank` */
export function checkItems(value: unknown): asserts value is readonly Item[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > ITEMS_MAX) {
    throw wrong("items", `an array of 1 to ${ITEMS_MAX} items`, value);
  }
  const items: readonly unknown[] = value;
  const ids = new Set<string>();
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (!isObject(item)) throw wrong(`items[${i}]`, "an object with id and features", item);
    const id = item.id;
    if (typeof id !== "string" || id.length === 0 || id.length > ID_LENGTH_MAX) {
      throw wrong(`items[${i}].id`, `a string of 1 to ${ID_LENGTH_MAX} characters`, id);
    }
    for (const key in item) {
      if (key === "id") continue;
      if (key !== "features") checkKeys(item, USER_FIELDS, `items[${i}]`);
      else checkFeatures(item.features, `items[${i}].features`);
    }
    ids.add(id);
    if (ids.size <= i) throw new BrigandError("CB_ITEM_DUPLICATE", { came: id });
  }
}

function checkUser(value: unknown): void {
  if (!isObject(value)) throw wrong("user", "an object with id and features", value);
  checkKeys(value, USER_FIELDS, "user");
  checkId(value.id, "user.id");
  if (value.features !== undefined) checkFeatures(value.features, "user.features");
}

function checkConsent(value: unknown): void {
  if (!Array.isArray(value) || value.length > PURPOSES_MAX)
    throw wrong("consent", `an array of at most ${PURPOSES_MAX} purposes`, value);
  for (let i = 0; i < value.length; i++) checkId(value[i], `consent[${i}]`);
}

function checkExclude(value: unknown): void {
  if (!Array.isArray(value) || value.length > ITEMS_MAX)
    throw wrong("exclude", `an array of at most ${ITEMS_MAX} ids`, value);
  for (let i = 0; i < value.length; i++) checkId(value[i], `exclude[${i}]`);
}

function checkPins(value: unknown): void {
  if (!Array.isArray(value) || value.length > SLOTS_MAX)
    throw wrong("pins", `an array of at most ${SLOTS_MAX} pins`, value);
  for (let i = 0; i < value.length; i++) {
    const pin: unknown = value[i];
    if (!isObject(pin)) throw wrong(`pins[${i}]`, "an object with id and position", pin);
    checkKeys(pin, PIN_FIELDS, `pins[${i}]`);
    checkId(pin.id, `pins[${i}].id`);
    checkInteger(pin.position, `pins[${i}].position`, { min: 1, max: SLOTS_MAX });
  }
}
