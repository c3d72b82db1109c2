/** Which policy's stream a reward or interaction belongs to. */
import { checkReach, type Principal, within } from "../core/access/principal.ts";
import { BrigandError } from "../core/errors.ts";
import type { Lookup, Shown } from "./lookup.ts";
import type { Policies } from "./policies.ts";
import type { PreparedPolicy } from "./settings.ts";

export interface Placed {
  readonly policy: PreparedPolicy;
  /** What the decision showed, when it is known here. */
  readonly shown?: Shown;
}

export interface PlacingParts {
  readonly lookup: Lookup;
  readonly policies: Policies;
}

/**
 * The policy of the decision itself where that is known here; else the one that is named; else the only one there is.
 * @param given the decision's id, and the policy as the entry or the address names it; who asks.
 * @throws CB_POLICY_REQUIRED, CB_POLICY_UNKNOWN, CB_ACCESS_POLICY, CB_POLICY_NAME_INVALID
 */
export async function placeOf(
  parts: PlacingParts,
  given: { decision?: string; policy?: string; now: number; place: string; caller: Principal },
): Promise<Placed> {
  const placed = await found(parts, given);
  if (placed !== undefined) {
    checkReach(given.caller, placed.name);
    return { policy: parts.policies.get(placed.name), shown: placed.shown };
  }
  const { policies } = parts;
  if (given.policy !== undefined) {
    checkReach(given.caller, given.policy);
    return { policy: policies.use(given.policy) };
  }
  const known = within(given.caller, policies.list());
  if (known.length === 1) return { policy: policies.get(known[0]) };
  throw new BrigandError("CB_POLICY_REQUIRED", { place: given.place, known: policies.listed() });
}

/** The policy that the decision's id itself leads to; what is named wins over a place that holds no decision. */
async function found(
  { lookup }: PlacingParts,
  given: { decision?: string; policy?: string; now: number },
): Promise<{ readonly name: string; readonly shown?: Shown } | undefined> {
  const { decision, policy, now } = given;
  if (decision === undefined) return undefined;
  const shown = await lookup.shown(decision, now);
  if (shown !== undefined) return { name: shown.policy, shown };
  const place = policy === undefined ? lookup.place(decision, now) : undefined;
  return place === undefined ? undefined : { name: place.policy };
}
