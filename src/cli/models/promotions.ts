/** What the promotion gate saw, for people. */
import Value from "typebox/value";
import { Evidence } from "../../core/gate/evidence.ts";
import type { Json } from "./remote.ts";

export interface Promotion {
  readonly generation: number;
  readonly at: number;
  readonly reason: string;
  readonly evidence: Evidence;
}

export function isEvidence(value: unknown): value is Evidence {
  return Value.Check(Evidence, value);
}

/** Those of an inspected version, the newest last. */
export function promotionsIn({ promotions }: Json): readonly Promotion[] {
  return Array.isArray(promotions) ? promotions.filter(({ evidence }) => isEvidence(evidence)) : [];
}

/** "gate, stable against 16: notWorse (1,204 decisions …)" */
export function toldEvidence(evidence: Evidence): string {
  const { label, against, verdict, forced, reasons, decisions, callMs } = evidence;
  const force = forced === true ? ", forced" : "";
  const call = callMs === undefined ? "" : `; ${callMs.toPrecision(2)} ms a call`;
  return `gate, ${label} against ${against}: ${verdict}${force}; ${decisions} decisions; ${reasons.join("; ")}${call}`;
}

export function toldPromotion({ generation, at, reason, evidence }: Promotion): string {
  return `${new Date(at).toISOString()}, labels ${generation} (${reason}): ${toldEvidence(evidence)}`;
}
