/** What the join is given. */
import type { Position } from "../domain.ts";
import type { PolicySettings } from "../settings/policy.ts";
import type { LearnOperation, Operation } from "./operations.ts";

/** Where operations go; `recall` reads a `learn` operation back, for corrections. */
export interface OperationStore {
  append(operation: Operation): Position;
  recall(position: Position): LearnOperation;
}

export type JoinSettings = Pick<
  PolicySettings,
  "rewardWindowMs" | "settleMs" | "defaultReward" | "rewardAggregation" | "rewards"
>;
