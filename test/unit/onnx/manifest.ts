/** The manifest of a model of d columns that no store has seen. */
import type { loadModel } from "../../../src/adapters/onnx/session.ts";
import { columnNames } from "../model/fixtures.ts";

export function manifestOf(d: number): Parameters<typeof loadModel>[0]["manifest"] {
  return {
    format: 1,
    policy: "news",
    version: 1,
    workspace: "default",
    created: "2026-01-01T00:00:00Z",
    creator: "test",
    files: {},
    columns: columnNames(d),
    schemaHash: "",
    opset: 21,
    logPosition: 0,
    cataloguePosition: 0,
    rows: 0,
    learner: {},
    metrics: {},
    inputs: [],
    outputs: [],
  };
}
