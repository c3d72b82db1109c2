/**
 * The seed model: mean 0 and variance 1 for every candidate, whatever the columns, so the first rankings of a policy
 * are uniform. It is version 0 of every policy. `node dist/training/onnx/seedModel.js` writes models/seed/0 again.
 */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  GOLDEN_FILE,
  type Golden,
  goldenBytes,
  MANIFEST_FILE,
  MODEL_FILE,
  manifestBytes,
} from "../../src/core/model/manifest.ts";
import { modelBytes, OPSET } from "./graph.ts";
import { signature } from "./signature.ts";

/** The shape of `counts` gives n; the other inputs are taken and not read. */
export function exportSeedModel(): Uint8Array {
  return modelBytes({
    name: "seed",
    ...signature("d"),
    constants: [
      { name: "zero", shape: [], data: Float32Array.of(0) },
      { name: "one", shape: [], data: Float32Array.of(1) },
    ],
    nodes: [
      { op: "Shape", inputs: ["counts"], outputs: ["rows"] },
      { op: "Expand", inputs: ["zero", "rows"], outputs: ["mean"] },
      { op: "Expand", inputs: ["one", "rows"], outputs: ["variance"] },
    ],
  });
}

/** Every file of the seed bundle by name. Equal bytes every time. */
export function seedFiles(): ReadonlyMap<string, Uint8Array> {
  const model = exportSeedModel();
  const golden = goldenBytes(seedGolden);
  const { inputs, outputs } = signature("d");
  const manifest = manifestBytes({
    format: 1,
    policy: "seed",
    version: 0,
    workspace: "default",
    created: "2026-01-01T00:00:00Z",
    creator: "brigand",
    files: { [MODEL_FILE]: sha256(model), [GOLDEN_FILE]: sha256(golden) },
    columns: [],
    schemaHash: sha256(new TextEncoder().encode("[]")),
    opset: OPSET,
    logPosition: 0,
    cataloguePosition: 0,
    rows: 0,
    learner: { name: "seed" },
    metrics: {},
    inputs: inputs.map((value) => ({ ...value, shape: [...value.shape] })),
    outputs: outputs.map((value) => ({ ...value, shape: [...value.shape] })),
  });
  return new Map([
    [MODEL_FILE, model],
    [GOLDEN_FILE, golden],
    [MANIFEST_FILE, manifest],
  ]);
}

const seedGolden: Golden = { n: 3, columns: 0, dense: [], counts: [0, 1, 1000], mean: [0, 0, 0], variance: [1, 1, 1] };

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const folder = resolve("models", "seed", "0");
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of seedFiles()) writeFileSync(join(folder, name), bytes);
}
