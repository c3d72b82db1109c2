/** The manifest of a model of d columns that no store has seen. */
import type { Manifest } from "../../../src/core/model/manifest.ts";
import { columnNames } from "../model/fixtures.ts";

export function manifestOf(d: number): Manifest {
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
