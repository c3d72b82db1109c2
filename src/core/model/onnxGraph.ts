/** The order of a graph: every node reads what stands before it, so there is no cycle, and no chain is too long. */
import { BrigandError } from "../errors.ts";
import { DEPTH_MAX } from "./onnxRules.ts";

export interface GraphNode {
  readonly operator: string;
  /** Names; "" is an optional one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Cost: linear. @throws CB_MODEL_GRAPH_CYCLIC, CB_MODEL_TOO_COMPLEX */
export function checkOrder(
  nodes: readonly GraphNode[],
  given: { readonly inputs: readonly string[]; readonly constants: readonly string[] },
): void {
  const depths = new Map<string, number>([...given.inputs, ...given.constants, ""].map((name) => [name, 0]));
  for (const { operator, inputs, outputs } of nodes) {
    let depth = 0;
    for (const name of inputs) {
      const before = depths.get(name);
      if (before === undefined) throw new BrigandError("CB_MODEL_GRAPH_CYCLIC", { operator, came: name });
      depth = Math.max(depth, before);
    }
    if (!(depth + 1 <= DEPTH_MAX))
      throw new BrigandError("CB_MODEL_TOO_COMPLEX", { maximum: DEPTH_MAX, came: depth + 1 });
    for (const name of outputs) {
      if (name !== "" && depths.has(name)) throw new BrigandError("CB_MODEL_GRAPH_CYCLIC", { operator, came: name });
      depths.set(name, depth + 1);
    }
  }
}
