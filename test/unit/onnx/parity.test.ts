import { Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { createSession } from "../../../src/adapters/onnx/runtime.ts";
import { loadModel } from "../../../src/adapters/onnx/session.ts";
import { type LinearParameters, roundLinear, scoreLinear } from "../../../src/core/model/linear.ts";
import { exportLinearModel } from "../../../training/onnx/linearModel.ts";
import { parametersOf, rowsOf } from "../model/fixtures.ts";
import { manifestOf } from "./manifest.ts";

async function differences(
  p: LinearParameters,
  n: number,
  calls: number,
): Promise<{ mean: number; deviation: number }> {
  const model = await loadModel({ model: exportLinearModel(p), manifest: manifestOf(p.columns) });
  const scorer = model.hold();
  const worst = { mean: 0, deviation: 0 };
  for (let call = 0; call < calls; call++) {
    const rows = rowsOf(n, p.columns, 10 + call);
    const came = await scorer.score(rows);
    const expected = scoreLinear(roundLinear(p), rows);
    for (let row = 0; row < n; row++) {
      worst.mean = Math.max(worst.mean, Math.abs(came.mean[row] - expected.mean[row]));
      worst.deviation = Math.max(
        worst.deviation,
        Math.abs(Math.sqrt(came.variance[row]) / Math.sqrt(expected.variance[row]) - 1),
      );
    }
  }
  await scorer.release();
  await model.retire();
  return worst;
}

describe("the ONNX graph against the float64 reference", () => {
  test("means differ by at most 1e-6 and deviations by 1e-6 of themselves on 10,000 rows", async () => {
    const worst = await differences(parametersOf(96), 100, 100);
    expect(worst.mean).toBeLessThanOrEqual(1e-6);
    expect(worst.deviation).toBeLessThanOrEqual(1e-6);
  });

  test.each([
    [1, 1],
    [1, 3],
    [64, 10],
    [160, 1000],
  ])("agrees at %i columns and %i rows", async (columns, n) => {
    const worst = await differences(parametersOf(columns), n, 2);
    expect(worst.mean).toBeLessThanOrEqual(1e-6);
    expect(worst.deviation).toBeLessThanOrEqual(1e-6);
  });

  test("agrees when a large centre meets values close to it", async () => {
    const p = parametersOf(20);
    const worst = await differences(
      { ...p, centre: p.centre.map((value) => value + 4), scale: p.scale.map((value) => value * 3) },
      50,
      4,
    );
    expect(worst.mean).toBeLessThanOrEqual(1e-6);
    expect(worst.deviation).toBeLessThanOrEqual(1e-6);
  });

  test("columns that all candidates share add nothing to the variance", async () => {
    const p = parametersOf(4);
    const model = await loadModel({ model: exportLinearModel(p), manifest: manifestOf(4) });
    const scorer = model.hold();
    const { variance } = await scorer.score({
      dense: new Float32Array(4 * 10).fill(1.7),
      n: 10,
      columns: 4,
      counts: new Float32Array(10),
    });
    for (const value of variance) expect(value).toBeCloseTo(p.sigma2 / p.ownCount, 8);
    await scorer.release();
    await model.retire();
  });

  test("groups are centred each among themselves", async () => {
    const p = parametersOf(5);
    const { dense, counts } = rowsOf(4, 5);
    const session = await createSession(exportLinearModel(p));
    const outputs = await session.run({
      dense: new Tensor("float32", dense, [4, 5]),
      averages: new Tensor("float32", Float32Array.of(0.5, 0, 0.5, 0, 0, 0.5, 0, 0.5), [2, 4]),
      group: new Tensor("int64", BigInt64Array.of(0n, 1n, 0n, 1n), [4]),
      counts: new Tensor("float32", counts, [4]),
    });
    const expected = scoreLinear(roundLinear(p), { dense, counts, n: 4, group: Int32Array.of(0, 1, 0, 1) });
    const variance = outputs.variance.data as Float32Array;
    for (let row = 0; row < 4; row++) expect(Math.sqrt(variance[row] / expected.variance[row])).toBeCloseTo(1, 6);
    await session.release();
  });
});
