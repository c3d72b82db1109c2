/**
 * The integer mechanism of a private ranking, made once a policy: a table of whole weights and what it costs.
 *
 *   weight of an item = T[q],   T[q] = round(2^bits · e^(−step · q)),   q = 0 … range + residual
 *
 * q counts grid steps below the best an item can be: 0 … range of them are public, 0 … residual are private. Every
 * bound on the privacy loss is computed from these very integers, so no rounding of the table can make it wrong.
 */
import type { Parameters } from "../explore/explorer.ts";
import { residualEpsilon } from "./epsilon.ts";

export interface Mechanism {
  /** Q: public steps below the best public score; items further below weigh as if they were there. */
  readonly range: number;
  /** B: private steps. */
  readonly residual: number;
  /** Units of score a step. */
  readonly scoreGrid: number;
  /** range + residual + 1 whole numbers, falling, each ≥ 1 and below 2^53. */
  readonly table: Float64Array;
  /** Most that one slot can tell about the private residuals of all items, in nats; rounded up. */
  readonly slotEpsilon: number;
}

/** T[0] … T[last]. Exact whole numbers for bits ≤ 53. Cost: one exponential an entry. */
export function weightTable(given: {
  readonly last: number;
  readonly step: number;
  readonly bits: number;
}): Float64Array {
  const { last, step, bits } = given;
  return Float64Array.from({ length: last + 1 }, (_, q) => Math.round(2 ** bits * Math.exp(-step * q)));
}

const made = new WeakMap<Parameters, Mechanism>();

/**
 * The mechanism of a policy's parameters, remembered by the object they are.
 * @param parameters those of `privatePlackettLuce`, checked (`parametersOf`).
 */
export function mechanismOf(parameters: Parameters): Mechanism {
  const known = made.get(parameters);
  if (known !== undefined) return known;
  const { range, residual, step, scoreGrid, bits } = parameters;
  const table = weightTable({ last: range + residual, step, bits });
  const mechanism = { range, residual, scoreGrid, table, slotEpsilon: residualEpsilon(table, residual) };
  made.set(parameters, mechanism);
  return mechanism;
}
