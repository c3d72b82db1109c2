/**
 * Importance weights of a list's prefixes, from what was logged and nothing else:
 *
 *   wₗ = ∏_{j ≤ l} target(aⱼ | a₁ … aⱼ₋₁) / propensityⱼ
 *
 * the cascade weights (RIPS): exact where a row's reward depends on the rows above it and not on those below.
 * Nothing is recomputed; a marginal of item and position would have to be.
 */
import type { LearnOperation } from "../join/operations.ts";
import type { ListWeights } from "./tally.ts";

/** Column 0 of every schema: log2(1 + place in the caller's list), 1 for the first. */
const POSITION = 0;

/**
 * Weights under the uniform ranking and under the caller's own order, a number a row.
 * @returns undefined where nobody drew, or where the floor is 0: what has no chance cannot be weighted up
 */
export function weightsOf(operation: LearnOperation): ListWeights | undefined {
  const { propensities, candidates, floor, items, positions, dense, columns } = operation;
  if (operation.served !== "model" || propensities === undefined || candidates === undefined) return undefined;
  if (floor === 0) return undefined;
  const uniform: number[] = [];
  const caller: number[] = [];
  let u = 1;
  let c = 1;
  for (let row = 0; row < items.length; row++) {
    const propensity = propensities[row];
    const left = candidates - (positions[row] - 1);
    // A pinned item, or the last one left, has propensity 1 under every policy.
    u *= propensity === 1 ? 1 : 1 / left / propensity;
    const place = columns > 0 ? Math.round(2 ** dense[row * columns + POSITION]) - 1 : 0;
    c = place === positions[row] ? c / propensity : 0;
    uniform.push(u);
    caller.push(c);
  }
  return { uniform, caller };
}

/** Sum of the weights; times the rewards where given. */
export function weighted(weights: readonly number[], rewards?: readonly number[]): number {
  let sum = 0;
  for (let row = 0; row < weights.length; row++) sum += weights[row] * (rewards === undefined ? 1 : rewards[row]);
  return sum;
}
