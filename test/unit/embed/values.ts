/** Small vectors for tests, written down by hand. */
import { OperationKind, type VectorsOperation } from "../../../src/core/join/operations.ts";

/**
 * d = 2; items a and b with terms of their own; the tower reads the tokens red and blue of "colour" and the number
 * "price" (centre 1, scale 2). Rows are [b, v₁, v₂].
 */
export function vectorsOf(version = 1): VectorsOperation {
  return {
    kind: OperationKind.vectors,
    version,
    dimension: 2,
    rows: 5_000,
    learnedTo: 1_000,
    loss: 0.4,
    low: 0,
    high: 1,
    items: ["a", "b"],
    fields: ["colour"],
    tokens: [
      [0, "red"],
      [0, "blue"],
    ],
    numbers: [{ name: "price", centre: 1, scale: 2 }],
    values: Float32Array.from(
      [
        [0.5, 1, 0], // a
        [-0.5, 0, -1], // b
        [0.25, 2, 0], // red
        [0, 0, 2], // blue
        [0.125, 0, 0.5], // price
        [0, 0.0625, 0], // price² − 1
        [-1, 0.5, 0.5], // constant
      ].flat(),
    ),
  };
}
