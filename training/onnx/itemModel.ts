/** Item vectors and their tower as an ONNX file, for programs that are not Brigand (retrieval, similar items). */
import type { VectorsValue } from "../../src/core/embed/vectors.ts";
import { modelBytes } from "./graph.ts";

/**
 * The bytes of items.onnx. Inputs `item` int64[n]: place in `items`, or the number of items for one that has no vector
 * of its own; `inputs` int64[n,m] and `weights` float32[n,m]: rows of the tower and what they weigh, in order tokens,
 * two of each number (standardised, its square less 1), constant; unused places weigh 0. Outputs `bias` float32[n],
 * `vector` float32[n,d]. Equal vectors give equal bytes.
 */
export function exportItemModel({ values, items, dimension }: VectorsValue): Uint8Array {
  const width = dimension + 1;
  const own = new Float32Array((items.length + 1) * width);
  own.set(values.subarray(0, items.length * width));
  const tower = values.slice(items.length * width);
  return modelBytes({
    name: "items",
    inputs: [
      { name: "item", type: "int64", shape: ["n"] },
      { name: "inputs", type: "int64", shape: ["n", "m"] },
      { name: "weights", type: "float32", shape: ["n", "m"] },
    ],
    outputs: [
      { name: "bias", type: "float32", shape: ["n"] },
      { name: "vector", type: "float32", shape: ["n", dimension] },
    ],
    constants: [
      { name: "own", shape: [items.length + 1, width], data: own },
      { name: "tower", shape: [tower.length / width, width], data: tower },
      { name: "lastAxis", shape: [1], data: BigInt64Array.of(2n) },
      { name: "middle", shape: [1], data: BigInt64Array.of(1n) },
      { name: "zero", shape: [1], data: BigInt64Array.of(0n) },
      { name: "one", shape: [1], data: BigInt64Array.of(1n) },
      { name: "end", shape: [1], data: BigInt64Array.of(BigInt(width)) },
    ],
    nodes: [
      { op: "Gather", inputs: ["own", "item"], outputs: ["ownRows"], attributes: { axis: { int: 0 } } },
      { op: "Gather", inputs: ["tower", "inputs"], outputs: ["towerRows"], attributes: { axis: { int: 0 } } },
      { op: "Unsqueeze", inputs: ["weights", "lastAxis"], outputs: ["weightColumn"] },
      { op: "Mul", inputs: ["towerRows", "weightColumn"], outputs: ["weighted"] },
      { op: "ReduceSum", inputs: ["weighted", "middle"], outputs: ["content"], attributes: { keepdims: { int: 0 } } },
      { op: "Add", inputs: ["content", "ownRows"], outputs: ["row"] },
      { op: "Slice", inputs: ["row", "zero", "one", "one"], outputs: ["biasColumn"] },
      { op: "Squeeze", inputs: ["biasColumn", "one"], outputs: ["bias"] },
      { op: "Slice", inputs: ["row", "one", "end", "one"], outputs: ["vector"] },
    ],
  });
}
