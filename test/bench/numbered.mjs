/** Models whose answers tell which version gave them, and a port to serve them on: what benchmarks of versions share. */
import { createServer } from "node:net";
import { modelBytes } from "../../dist/training/onnx/graph.js";

const COLUMNS = 11;

/** The score of every row is the version's number. */
export function numbered(version) {
  return modelBytes({
    name: "numbered",
    inputs: [{ name: "features", type: "float32", shape: ["n", COLUMNS] }],
    outputs: [{ name: "score", type: "float32", shape: ["n", 1] }],
    constants: [
      { name: "w", shape: [COLUMNS, 1], data: new Float32Array(COLUMNS) },
      { name: "b", shape: [1], data: Float32Array.of(version) },
    ],
    nodes: [
      { op: "MatMul", inputs: ["features", "w"], outputs: ["zero"] },
      { op: "Add", inputs: ["zero", "b"], outputs: ["score"] },
    ],
  });
}

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
