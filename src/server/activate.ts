/** From now on a deferred decision counts. */
import type { Principal } from "../core/access/principal.ts";
import { RecordKind } from "../core/log/records.ts";
import { type PlacingParts, placeOf } from "./placing.ts";
import type { AppPorts } from "./ports.ts";
import type { Streams } from "./streams.ts";

interface ActivateParts extends PlacingParts {
  readonly ports: AppPorts;
  readonly streams: Streams;
}

/**
 * Resolves when it survives power loss.
 * @param asked the policy that the address names, for decisions that are not known here; who asks.
 * @throws CB_ACCESS_POLICY, CB_POLICY_REQUIRED, CB_POLICY_UNKNOWN, CB_LOG_FULL, CB_LOG_WRITE_FAILED
 */
export async function activateDecision(
  parts: ActivateParts,
  decision: string,
  asked: { readonly policy: string | undefined; readonly caller: Principal },
): Promise<void> {
  const at = parts.ports.clock.now();
  const placed = await placeOf(parts, { decision, ...asked, now: at, place: "the address" });
  await parts.streams.of(placed.policy).append({ kind: RecordKind.activate, decision, at }, "disk").durable;
}
