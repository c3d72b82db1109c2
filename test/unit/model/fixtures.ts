/** Models and bundles for tests: seeded, small, whole. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Publication } from "../../../src/adapters/fs/modelStorePublish.ts";
import type { LinearParameters } from "../../../src/core/model/linear.ts";
import { goldenOf } from "../../../training/onnx/golden.ts";
import { exportLinearModel } from "../../../training/onnx/linearModel.ts";

/** Uniform in (−1, 1); Park and Miller. */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state / 2_147_483_647) * 2 - 1;
  };
}

/** ‖weights‖·‖phi‖ stays below about 10; M is lower triangular, as a learner's. */
export function parametersOf(d: number, seed = 1): LinearParameters {
  const next = uniform(seed);
  const norm = 5 / Math.sqrt(d) / Math.sqrt(d);
  return {
    columns: d,
    centre: Float32Array.from({ length: d }, () => 3 * next()),
    scale: Float32Array.from({ length: d }, (_, i) => (i % 17 === 16 ? 0 : 1 + 0.5 * next())),
    clip: 4,
    intercept: 0.1 * next(),
    weights: Float64Array.from({ length: d }, () => norm * next()),
    factor: Float64Array.from({ length: d * d }, (_, at) => (at % d <= Math.floor(at / d) ? 0.2 * next() : 0)),
    sigma2: 0.09,
    ownCount: 5,
  };
}

export function rowsOf(
  n: number,
  columns: number,
  seed = 2,
): { dense: Float32Array; counts: Float32Array; n: number; columns: number } {
  const next = uniform(seed);
  return {
    dense: Float32Array.from({ length: n * columns }, () => 5 * next()),
    counts: Float32Array.from({ length: n }, () => Math.floor(500 + 500 * next())),
    n,
    columns,
  };
}

export function columnNames(d: number): string[] {
  return Array.from({ length: d }, (_, i) => `column${i}`);
}

/** A publication of a linear model; `seed` makes the model, `logPosition` the place in the log. */
export function publicationOf(
  options: {
    readonly seed?: number;
    readonly d?: number;
    readonly logPosition?: number;
    readonly policy?: string;
  } = {},
): Publication {
  const { seed = 1, d = 6, logPosition = seed, policy = "news" } = options;
  const p = parametersOf(d, seed);
  const { dense, counts } = rowsOf(4, d);
  return {
    draft: {
      policy,
      workspace: "default",
      created: "2026-01-02T03:04:05Z",
      creator: "test",
      columns: columnNames(d),
      logPosition,
      cataloguePosition: 0,
      rows: 100,
      learner: { name: "linear" },
      metrics: {},
    },
    model: exportLinearModel(p),
    golden: goldenOf({ linear: p }, { dense, counts }),
    state: Uint8Array.of(1, 2, 3, seed),
  };
}

/** A folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "brigand-models-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
