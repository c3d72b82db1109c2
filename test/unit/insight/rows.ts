/** Settled decisions as the joined log tells them, with what a test cares about filled in. */
import type { LearnOperation } from "../../../src/core/join/operations.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";

export interface Shown {
  readonly decision?: string;
  readonly variant?: string;
  readonly modelVersion?: number;
  readonly at?: number;
  readonly candidates?: number;
  readonly floor?: number;
  readonly served?: LearnOperation["served"];
  readonly propensities: readonly number[];
  readonly rewards: readonly number[];
  /** Places in the caller's list, 1-based, by row; default the order shown. */
  readonly places?: readonly number[];
}

export function learned(shown: Shown): LearnOperation {
  const { propensities, rewards, places = rewards.map((_, row) => row + 1) } = shown;
  const { decision = "d", variant = "default", modelVersion = 1, at = 0, served = "model" } = shown;
  const { candidates = 10, floor = 0.001 } = shown;
  return {
    ...{ kind: OperationKind.learn, decision, variant, modelVersion, at, settledAt: at, served, candidates, floor },
    ...{ segments: [], items: rewards.map((_, row) => `i${row}`), positions: rewards.map((_, row) => row + 1) },
    ...{
      propensities,
      rewards,
      base: 0,
      columns: 1,
      dense: Float32Array.from(places, (place) => Math.log2(1 + place)),
    },
  };
}

export function corrected(decision: string, row: number, values: { before: number; after: number }) {
  const at = 0;
  const place = { decision, row, item: `i${row}`, learnedAt: 0, columns: 1, dense: new Float32Array(1), at };
  return { kind: OperationKind.correct, ...place, ...values } as const;
}
