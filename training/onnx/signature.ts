/** What every scoring model takes and gives; docs in models/README.md. */
import type { Dimension, ValueSpec } from "./graph.ts";

/**
 * @param columns d, or the name of a free dimension for a model that reads no columns.
 * @param judged "m" for a model that gives variances of the first m rows alone, as many as there are counts.
 */
export function signature(
  columns: Dimension,
  judged: "n" | "m" = "n",
): {
  readonly inputs: readonly ValueSpec[];
  readonly outputs: readonly ValueSpec[];
} {
  return {
    inputs: [
      { name: "dense", type: "float32", shape: ["n", columns] },
      { name: "averages", type: "float32", shape: ["g", judged] },
      { name: "group", type: "int64", shape: [judged] },
      { name: "counts", type: "float32", shape: [judged] },
    ],
    outputs: [
      { name: "mean", type: "float32", shape: ["n"] },
      { name: "variance", type: "float32", shape: [judged] },
    ],
  };
}
