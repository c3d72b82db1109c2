/** Which policy a request through a door of others means, whose wire formats have no word for it. */
import type { FastifyRequest } from "fastify";
import { policyName } from "../routes/query.ts";

/** Names the policy where the address and the key do not. */
export const POLICY_HEADER = "brigand-policy";

/** @param fallback where nothing names one. @throws CB_POLICY_NAME_INVALID */
export function loopOf({ headers }: FastifyRequest, fallback: string): string {
  const named = headers[POLICY_HEADER];
  return named === undefined ? fallback : policyName(named);
}
