/** The public twins of a request's rows, for explorers that are private: the same rows, who asked left out. */
import type { Encoded } from "../core/features/encode.ts";
import { hidePrivate, populationOf, privateColumns, type Twin } from "../core/privacy/columns.ts";
import type { Arm } from "../core/variants/arms.ts";
import type { ScoreRequest, ScoreResult, Scorer } from "../ports/scorer.ts";
import type { ToScore } from "./scoring.ts";

interface Known extends Twin {
  readonly columns: readonly string[];
  readonly population: ArrayLike<number>;
}

const NOTHING: ArrayLike<number> = [];
const known = new WeakMap<Arm, Known>();

/**
 * Which columns are hidden and what stands in them, worked out once for each schema and model; undefined for what is
 * not private.
 */
export function twinOf(
  { arm, policy }: Pick<ToScore, "arm" | "policy">,
  columns: readonly string[],
  population: ArrayLike<number> = NOTHING,
): Twin | undefined {
  if (arm.explorer.private !== true) return undefined;
  const found = known.get(arm);
  if (found !== undefined && found.columns === columns && found.population === population) return found;
  const hidden = privateColumns(columns, policy.settings.privacy.publicContext);
  const made = { columns, population, hidden, constant: populationOf(hidden, population) };
  known.set(arm, made);
  return made;
}

/** Rows that a request needs of a model: as many again where the policy is private. */
export function rowsOf({ arm, candidates }: Pick<ToScore, "arm" | "candidates">): number {
  return candidates.items.length * (arm.explorer.private === true ? 2 : 1);
}

/** Whether two requests of one model hide the same columns, or both none. */
export function hideAlike(a: Pick<ToScore, "arm" | "policy">, b: Pick<ToScore, "arm" | "policy">): boolean {
  if (a.arm.explorer.private !== b.arm.explorer.private) return false;
  return a.arm.explorer.private !== true || a.policy === b.policy;
}

/**
 * Writes the twins of the first n rows behind them. @param rows room for 2n.
 * Cost: a copy of the matrix and n · hidden writes, about 6 µs for 100 rows of 96 columns.
 */
export function addPublicRows(
  rows: { readonly dense: Float32Array; readonly n: number; readonly columns: number },
  twin: Twin,
): void {
  const { dense, n, columns } = rows;
  dense.copyWithin(n * columns, 0, n * columns);
  hidePrivate({ dense: dense.subarray(n * columns), n, columns }, twin);
}

/** In calls of their own: a model in which rows of one call may meet must not see both. */
export async function scoreBoth(
  scorer: Scorer,
  encoded: Encoded & Pick<ScoreRequest, "ids">,
  twin: Twin | undefined,
): Promise<ScoreResult & { readonly publicMean?: Float32Array }> {
  const result = await scorer.score(encoded);
  if (twin === undefined) return result;
  const dense = encoded.dense.slice();
  hidePrivate({ dense, n: encoded.n, columns: encoded.columns }, twin);
  const { mean } = await scorer.score({ ...encoded, dense });
  return { ...result, publicMean: mean };
}

/** Whether there are n numbers and each is finite. */
export function isAllFinite(values: Float32Array, n: number): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.abs(values[i]);
  return values.length === n && Number.isFinite(sum);
}
