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

/** Over a bound what came first goes early, and is counted. */
export interface JoinBounds {
  readonly pendingDecisionsMax: number;
  /** Rewards that wait for their decisions. */
  readonly waitingRewardsMax: number;
  /** Ids of rewards, and ids of closed decisions, that are remembered. */
  readonly rememberedIdsMax: number;
}
