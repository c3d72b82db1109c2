/** What is answered when the log does not take a drawn decision. */
import type { DecisionRecord } from "../log/records.ts";
import { type Candidates, callersOrder } from "./candidates.ts";

/**
 * The caller's order with propensity 1, degraded by the log: the drawn list is thrown away, so that nothing is shown by
 * chance that no log knows of, and nothing of anybody's privacy is spent that no ledger counts.
 */
export function unlogged(record: DecisionRecord, candidates: Candidates): DecisionRecord {
  const slots = [...callersOrder(candidates)];
  const propensity = slots.map(() => 1);
  return { ...record, served: "degraded", reason: "log", slots, propensity, columns: 0, floor: 0, noise: undefined };
}
