/**
 * Crosses of strings in float64: what the ONNX graph must agree with. A row's crosses follow from its columns of
 * hashes (`features/hashes.ts`) alone: each value of the item by itself and with each value of the request, hashed to
 * one of 2¹⁸ weights and a sign.
 *
 *   sum      = Σ sign · weight                       crossed = base + sum (squared)
 *   spread   = Σ variance of the weight                        odds = base / (1 − base) · exp(sum) (logistic)
 *   mean     = base + a + b · (shared − base) + c · (crossed − base)
 *   variance = b² · shared + c² · spread, times (p(1 − p))², p = crossed, where the spread is one of log-odds
 *
 * The spread is not centred: it is the item's own.
 */
import { isItemHash, isRequestHash } from "../features/hashes.ts";
import type { LinearScores } from "./linear.ts";

export const CROSS_BITS = 18;
const MASK = 2 ** CROSS_BITS - 1;

/** What is learned: rewards, or log-odds of rewards that are all 0 or 1. */
export const CROSS_LOSSES = ["squared", "logistic"] as const;
export type CrossLoss = (typeof CROSS_LOSSES)[number];
/** A base outside [PROBABILITY_MIN, 1 − PROBABILITY_MIN] counts as that bound where log-odds are learned. */
export const PROBABILITY_MIN = 1e-3;
/** Bound of |sum| of log-odds. */
export const LOG_ODDS_MAX = 30;

/** Indices of columns. */
export interface CrossLayout {
  readonly request: Int32Array;
  readonly item: Int32Array;
}

export interface CrossParameters {
  readonly loss: CrossLoss;
  /** 2¹⁸ each: weights, and their posterior variances. */
  readonly weights: Float32Array;
  readonly variances: Float32Array;
  /** Mean of a row without crosses. */
  readonly base: number;
  /** [a, b, c]. */
  readonly blend: Float64Array;
}

/** Undefined where the columns hold no hashes of a request or none of items. */
export function crossLayout(columns: readonly string[]): CrossLayout | undefined {
  const where = (is: (column: string) => boolean) =>
    Int32Array.from(columns.flatMap((column, place) => (is(column) ? [place] : [])));
  const layout = { request: where(isRequestHash), item: where(isItemHash) };
  return layout.request.length > 0 && layout.item.length > 0 ? layout : undefined;
}

/** Places for crosses of one row. */
export function crossWidth({ request, item }: CrossLayout): number {
  return (1 + request.length) * item.length;
}

/**
 * n × `crossWidth` crosses: ±(index + 1) of a weight, 0 where a string is not there. Columns that the rows do not have
 * yet hold nothing. @param rows n × columns, row-major. Cost: about 5 ns a cross.
 */
export function crossesOf(
  { request, item }: CrossLayout,
  rows: { readonly dense: Float32Array; readonly n: number; readonly columns: number },
): Int32Array {
  const { dense, n, columns } = rows;
  const out = new Int32Array(n * (1 + request.length) * item.length);
  for (let row = 0, from = 0, to = 0; row < n; row++, from += columns) {
    for (let i = 0; i < item.length; i++) {
      const own = item[i] < columns ? dense[from + item[i]] : 0;
      out[to++] = own === 0 ? 0 : cross(0, own);
      for (let r = 0; r < request.length; r++) {
        const asked = request[r] < columns ? dense[from + request[r]] : 0;
        out[to++] = own === 0 || asked === 0 ? 0 : cross(asked, own);
      }
    }
  }
  return out;
}

/** The last step of murmur3 over both hashes: low bits the weight, the top bit the sign. */
function cross(request: number, item: number): number {
  let h = Math.imul(request, 0xcc9e2d51) ^ item;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h ^= h >>> 16;
  return h < 0 ? -(h & MASK) - 1 : (h & MASK) + 1;
}

/** Changes the shared scores in place. @param crosses of the rows, as `crossesOf` gives them. */
export function addCrosses(p: CrossParameters, scores: LinearScores, crosses: Int32Array): void {
  const { mean, variance } = scores;
  const [a, b, c] = p.blend;
  const width = crosses.length / Math.max(1, mean.length);
  for (let row = 0; row < mean.length; row++) {
    let sum = 0;
    let spread = 0;
    for (let k = row * width; k < (row + 1) * width; k++) {
      const signed = crosses[k];
      if (signed === 0) continue;
      const at = Math.abs(signed) - 1;
      sum += signed > 0 ? p.weights[at] : -p.weights[at];
      spread += p.variances[at];
    }
    const crossed = crossedMean(p.loss, p.base, sum);
    const slope = p.loss === "squared" ? c : c * crossed * (1 - crossed);
    mean[row] = p.base + a + b * (mean[row] - p.base) + c * (crossed - p.base);
    variance[row] = b * b * variance[row] + slope * slope * spread;
  }
}

/** What crosses say alone. */
export function crossedMean(loss: CrossLoss, base: number, sum: number): number {
  if (loss === "squared") return base + sum;
  const probability = Math.min(1 - PROBABILITY_MIN, Math.max(PROBABILITY_MIN, base));
  const bounded = Math.min(LOG_ODDS_MAX, Math.max(-LOG_ODDS_MAX, sum));
  const odds = (probability / (1 - probability)) * Math.exp(bounded);
  return odds / (1 + odds);
}
