import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { describe, expect, test } from "vitest";
import { loadModel } from "../../../src/adapters/onnx/session.ts";
import { checkGolden } from "../../../src/core/model/golden.ts";
import { roundLinear } from "../../../src/core/model/linear.ts";
import { readOnnx } from "../../../src/core/model/onnxReader.ts";
import { type FamilyParameters, scoreFamily } from "../../../src/core/model/own.ts";
import { exportFamilyModel } from "../../../training/onnx/familyModel.ts";
import { goldenOf } from "../../../training/onnx/golden.ts";
import { exportLinearModel } from "../../../training/onnx/linearModel.ts";
import { mulberry32 } from "../../../training/simulate/labelled.ts";
import { COLUMNS, familyOf, rowsOf, taught } from "../learner/crossed.ts";
import { manifestOf } from "./manifest.ts";

const believed = {
  squared: familyOf(
    taught((value) => 2 * value),
    "squared",
  ),
  logistic: familyOf(taught(), "logistic"),
};

async function loaded(p: FamilyParameters, columns: readonly string[] = COLUMNS) {
  const manifest = { ...manifestOf(columns.length), columns: [...columns], crosses: p.crosses?.loss };
  return loadModel({ model: exportFamilyModel(p), manifest });
}

describe("the graph with crosses of strings", () => {
  test.each(["squared", "logistic"] as const)(
    "agrees to 1e-6 with the float64 reference on 10,000 rows, deviations to 1e-5 of themselves: %s",
    { timeout: 60_000 },
    async (loss) => {
      const p = believed[loss];
      const given = { ...p, linear: roundLinear(p.linear) };
      const model = await loaded(given);
      const scorer = model.hold();
      const uniform = mulberry32(9);
      const worst = { mean: 0, deviation: 0 };
      let distinct = 0;
      for (let call = 0; call < 100; call++) {
        const rows = rowsOf(100, uniform);
        const came = await scorer.score(rows);
        const expected = scoreFamily(given, rows);
        distinct += new Set(came.mean).size;
        for (let row = 0; row < rows.n; row++) {
          worst.mean = Math.max(worst.mean, Math.abs(came.mean[row] - expected.mean[row]));
          const ratio = Math.sqrt(came.variance[row] / expected.variance[row]);
          worst.deviation = Math.max(worst.deviation, Math.abs(ratio - 1));
        }
      }
      expect(distinct).toBeGreaterThan(9_000);
      expect(worst.mean).toBeLessThanOrEqual(1e-6);
      expect(worst.deviation).toBeLessThanOrEqual(1e-5);
      await scorer.release();
      await model.retire();
    },
  );

  test("has equal bytes for equal parameters, is read by our reader and an independent one alike, and without the part is the linear model", () => {
    const p = believed.logistic;
    const bytes = exportFamilyModel(p);
    expect(Buffer.compare(bytes, exportFamilyModel(familyOf(taught(), "logistic")))).toBe(0);
    const summary = readOnnx(bytes, { bytesMax: 64 * 1024 * 1024 });
    const inputs = ["dense", "averages", "group", "counts", "indices", "values"];
    expect(summary.inputs.map(({ name }) => name)).toEqual(inputs);
    const graph = fromBinary(ModelProtoSchema, bytes).graph;
    expect(summary.operators).toEqual(graph?.node.map(({ opType }) => opType));
    expect(summary.initializers.map(({ name, shape }) => [name, shape.map(BigInt)])).toEqual(
      graph?.initializer.map(({ name, dims }) => [name, dims]),
    );
    expect(Buffer.compare(exportFamilyModel({ linear: p.linear }), exportLinearModel(p.linear))).toBe(0);
  });

  test("scores requests of one call as alone, twins by their means, and its golden rows again", async () => {
    const p = believed.squared;
    const model = await loaded(p);
    const scorer = model.hold();
    const uniform = mulberry32(2);
    const [a, b, c] = [rowsOf(6, uniform), rowsOf(4, uniform), rowsOf(6, uniform)];
    const dense = Float32Array.from([...a.dense, ...b.dense]);
    const counts = Float32Array.from([...a.counts, ...b.counts]);
    const together = scorer.scoreNow?.({ n: 10, columns: COLUMNS.length, dense, counts, sizes: [6, 4] });
    const alone = [await scorer.score(a), await scorer.score(b)].flatMap(({ mean }) => [...mean]);
    alone.forEach((value, i) => expect(together?.mean[i]).toBeCloseTo(value, 6));
    const twins = scorer.scoreNow?.({ ...a, dense: Float32Array.from([...a.dense, ...c.dense]), twins: true });
    (await scorer.score(c)).mean.forEach((value, i) => expect(twins?.mean[6 + i]).toBeCloseTo(value, 6));
    checkGolden(goldenOf(p, a), await scorer.score(a));
    await scorer.release();
    await model.retire();
  });

  test("is refused where its columns hold other hashes than it was made for", async () => {
    const fewer = COLUMNS.map((name) => (name.startsWith("hash:") ? `request:${name}` : name));
    await expect(loaded(believed.squared, fewer)).rejects.toMatchObject({ code: "CB_MODEL_SIGNATURE_INVALID" });
  });
});
