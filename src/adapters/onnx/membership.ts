/** The constant inputs of a call: which candidates are of one request. Made once for each list of sizes. */
import { Tensor } from "onnxruntime-node";

export interface Membership {
  /** float32 [g, n]: row k is 1 / its size over the candidates of request k, else 0. */
  readonly averages: Tensor;
  /** int64 [n]: which request. */
  readonly group: Tensor;
}

const KEPT_MAX = 256;
const VALUES_MAX = 32_768;
const known = new Map<string, Membership>();

/** Shared by all sessions. Bound: 256 lists of up to 32,768 averages, 35 MB at most; the oldest goes first. */
export function membershipOf(sizes: readonly number[]): Membership {
  const key = sizes.join();
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make(sizes);
  if (made.averages.data.length > VALUES_MAX) return made;
  const [oldest] = known.keys();
  if (known.size >= KEPT_MAX && oldest !== undefined) known.delete(oldest);
  known.set(key, made);
  return made;
}

function make(sizes: readonly number[]): Membership {
  const n = sizes.reduce((sum, size) => sum + size, 0);
  const averages = new Float32Array(sizes.length * n);
  const group = new BigInt64Array(n);
  let from = 0;
  sizes.forEach((size, k) => {
    averages.fill(1 / size, k * n + from, k * n + from + size);
    group.fill(BigInt(k), from, from + size);
    from += size;
  });
  return { averages: new Tensor("float32", averages, [sizes.length, n]), group: new Tensor("int64", group, [n]) };
}
