/** Which policy a request through a door of others means, whose wire formats have no word for it. */
import type { FastifyRequest } from "fastify";
import { checkReach } from "../../core/access/principal.ts";
import { callerOf } from "../access/gate.ts";
import { policyName } from "../routes/query.ts";

/** Names the policy where the address and the key do not. */
export const POLICY_HEADER = "brigand-policy";

/**
 * What the header names, else the only policy that the key reaches, else `fallback`.
 * @throws CB_POLICY_NAME_INVALID, CB_ACCESS_POLICY
 */
export function loopOf(request: FastifyRequest, fallback: string): string {
  const caller = callerOf(request);
  const named = request.headers[POLICY_HEADER];
  const [only = fallback, ...others] = caller.policies === "all" ? [] : caller.policies;
  const policy = named === undefined ? (others.length === 0 ? only : fallback) : policyName(named);
  checkReach(caller, policy);
  return policy;
}
