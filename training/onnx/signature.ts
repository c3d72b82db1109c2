/** What every scoring model takes and gives; docs in models/README.md. */
import type { Dimension, ValueSpec } from "./graph.ts";

/** @param columns d, or the name of a free dimension for a model that reads no columns. */
export function signature(columns: Dimension): {
  readonly inputs: readonly ValueSpec[];
  readonly outputs: readonly ValueSpec[];
} {
  return {
    inputs: [
      { name: "dense", type: "float32", shape: ["n", columns] },
      { name: "averages", type: "float32", shape: ["g", "n"] },
      { name: "group", type: "int64", shape: ["n"] },
      { name: "counts", type: "float32", shape: ["n"] },
    ],
    outputs: [
      { name: "mean", type: "float32", shape: ["n"] },
      { name: "variance", type: "float32", shape: ["n"] },
    ],
  };
}
