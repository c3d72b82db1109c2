/** Which policy's stream a reward or interaction belongs to. */
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
 * @param given the decision's id, and the policy as the entry or the address names it.
 * @throws CB_POLICY_REQUIRED, CB_POLICY_UNKNOWN, CB_POLICY_NAME_INVALID
 */
export async function placeOf(
  parts: PlacingParts,
  given: { decision?: string; policy?: string; now: number; place: string },
): Promise<Placed> {
  const { lookup, policies } = parts;
  const shown = given.decision === undefined ? undefined : await lookup.shown(given.decision, given.now);
  if (shown !== undefined) return { policy: policies.get(shown.policy), shown };
  if (given.policy !== undefined) return { policy: policies.use(given.policy) };
  const named = given.decision === undefined ? undefined : lookup.place(given.decision, given.now);
  if (named !== undefined) return { policy: policies.get(named.policy) };
  const known = policies.list();
  if (known.length === 1) return { policy: policies.get(known[0]) };
  throw new BrigandError("CB_POLICY_REQUIRED", { place: given.place, known: policies.listed() });
}
