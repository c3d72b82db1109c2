/** The constant inputs of a request whose candidates are all one group, made once for each number of candidates. */
import { Tensor } from "onnxruntime-node";

export interface Membership {
  /** float32 [1, n] of 1/n. */
  readonly averages: Tensor;
  /** int64 [n] of 0. */
  readonly group: Tensor;
}

const SIZES_MAX = 256;
const ROWS_MAX = 2048;
const known = new Map<number, Membership>();

/** Shared by all sessions. Bound: 256 sizes of up to 2,048 candidates, 6 MB at most; the oldest size goes first. */
export function membershipOf(n: number): Membership {
  const found = known.get(n);
  if (found !== undefined) return found;
  const made: Membership = {
    averages: new Tensor("float32", new Float32Array(n).fill(1 / n), [1, n]),
    group: new Tensor("int64", new BigInt64Array(n), [n]),
  };
  if (n > ROWS_MAX) return made;
  const [oldest] = known.keys();
  if (known.size >= SIZES_MAX && oldest !== undefined) known.delete(oldest);
  known.set(n, made);
  return made;
}
