/** Models with the one input `features`, written by our own writer, and bundles of them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeTar } from "../../src/core/model/tar.ts";
import { type ConstantSpec, type GraphSpec, modelBytes, type NodeSpec } from "../../training/onnx/graph.ts";
import { projectRoot } from "./shared.ts";

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** score = features · weights; the last weight may be anything. */
export function linearScore(weights: readonly number[]): Uint8Array {
  const constants = [{ name: "w", shape: [weights.length, 1], data: Float32Array.from(weights) }];
  return scoreGraph({ nodes: [matMul("features", "w", "score")], constants, columns: weights.length });
}

export function scoreGraph(
  graph: Partial<GraphSpec> & { readonly nodes: readonly NodeSpec[]; readonly columns: number },
): Uint8Array {
  const { columns, ...rest } = graph;
  return modelBytes({
    name: "test",
    inputs: [{ name: "features", type: "float32", shape: ["n", columns] }],
    outputs: [{ name: "score", type: "float32", shape: ["n", 1] }],
    constants: [],
    ...rest,
  });
}

/** Takes seconds for 100 rows and a few megabytes: `layers` products with the same square matrix. */
export function slowScore(columns: number, { width, layers }: { width: number; layers: number }): Uint8Array {
  const constants: ConstantSpec[] = [
    { name: "wide", shape: [columns, width], data: new Float32Array(columns * width).fill(0.001) },
    { name: "square", shape: [width, width], data: new Float32Array(width * width).fill(0.0001) },
    { name: "narrow", shape: [width, 1], data: new Float32Array(width).fill(0.001) },
  ];
  const middle = Array.from({ length: layers }, (_, i) => matMul(`h${i}`, "square", `h${i + 1}`));
  const nodes = [matMul("features", "wide", "h0"), ...middle, matMul(`h${layers}`, "narrow", "score")];
  return scoreGraph({ nodes, constants, columns });
}

export function matMul(a: string, b: string, output: string): NodeSpec {
  return { op: "MatMul", inputs: [a, b], outputs: [output] };
}

/** A tar of model.onnx and what else is given; JSON for what is not bytes. */
export function bundleOf(model: Uint8Array, files: { readonly [name: string]: unknown } = {}): Uint8Array {
  const others = Object.entries(files).map(
    ([name, value]) => [name, value instanceof Uint8Array ? value : json(value)] as const,
  );
  return writeTar(new Map([["model.onnx", model], ...others]));
}

/** A model of `test/fixtures/models` with its golden outputs. */
export function committedBundle(name: string): Uint8Array {
  const read = (file: string) => readFileSync(join(projectRoot, "test", "fixtures", "models", file));
  return bundleOf(new Uint8Array(read(`${name}.onnx`)), { "golden.json": new Uint8Array(read(`${name}.golden.json`)) });
}
