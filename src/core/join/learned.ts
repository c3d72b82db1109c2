/** The operation by which a decision settles. */
import type { TimeMs } from "../domain.ts";
import { type LearnOperation, OperationKind } from "./operations.ts";
import type { Named, Pending } from "./pending.ts";

export interface Settled {
  /** rows × columns, of all rows. */
  readonly dense: Float32Array;
  /** The first ones were seen. */
  readonly rows: number;
  readonly settledAt: TimeMs;
  /** Default reward. */
  readonly base: number;
}

/** Its seen rows with what is known of them. Lists of a decision that was seen whole are the decision's own. */
export function learnOf(pending: Pending, { dense, rows, settledAt, base }: Settled): Named<LearnOperation> {
  const { items, propensities, scores, told, columns } = pending;
  const whole = rows === items.length;
  return {
    kind: OperationKind.learn,
    decision: pending.id,
    subject: pending.subject,
    served: pending.served,
    variant: pending.variant,
    modelVersion: pending.modelVersion,
    at: pending.at,
    settledAt,
    segments: pending.segments,
    items: whole ? items : items.slice(0, rows),
    positions: positionsOf(rows),
    propensities: whole ? propensities : propensities?.slice(0, rows),
    candidates: pending.candidates,
    floor: pending.floor,
    scores: whole ? scores : scores?.subarray(0, rows),
    // Rewards of rows change; these are as of now.
    rewards: told.slice(0, rows),
    base,
    columns,
    dense: whole ? dense : dense.subarray(0, rows * columns),
  };
}

const positions: (readonly number[])[] = [];
/** Lists of more rows are made each time. */
const POSITIONS_MAX = 256;

/** 1 … rows. */
function positionsOf(rows: number): readonly number[] {
  if (rows > POSITIONS_MAX) return Array.from({ length: rows }, (_, row) => row + 1);
  while (positions.length <= rows) positions.push(Array.from({ length: positions.length }, (_, row) => row + 1));
  return positions[rows];
}
