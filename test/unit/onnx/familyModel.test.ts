import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { describe, expect, test } from "vitest";
import { loadModel } from "../../../src/adapters/onnx/session.ts";
import { checkGolden } from "../../../src/core/model/golden.ts";
import { roundLinear } from "../../../src/core/model/linear.ts";
import { readOnnx } from "../../../src/core/model/onnxReader.ts";
import { type FamilyParameters, placesOf, scoreFamily } from "../../../src/core/model/own.ts";
import { familyParameters } from "../../../training/learner/family.ts";
import { Learner } from "../../../training/learner/learner.ts";
import { exportFamilyModel } from "../../../training/onnx/familyModel.ts";
import { goldenOf } from "../../../training/onnx/golden.ts";
import { exportLinearModel } from "../../../training/onnx/linearModel.ts";
import { mulberry32 } from "../../../training/simulate/labelled.ts";
import { learnOf } from "../learner/rows.ts";
import { manifestOf } from "./manifest.ts";

const INPUTS = 8;
const NAMES = ["item.rate|z", ...Array.from({ length: INPUTS }, (_, j) => `request:context.x${j}`)];

/** 600 rows of five items over 8 numbers of the request: 137 coefficients each. */
function taught(): Learner {
  const uniform = mulberry32(4);
  const learner = new Learner(NAMES);
  for (let i = 0; i < 600; i++) {
    const x = Array.from({ length: NAMES.length }, () => 2 * uniform() - 1);
    const item = Math.floor(5 * uniform());
    const reward = Math.sin(3 * x[1 + item]) > 0 ? 1 : 0;
    learner.add({ ...learnOf([{ x, reward }], NAMES.length), items: [`c${item}`] }, i);
  }
  return learner;
}
const learner = taught();

function rowsOf(n: number, seed: number) {
  const uniform = mulberry32(seed);
  const ids = Array.from({ length: n }, () => `c${Math.floor(7 * uniform())}`);
  const dense = Float32Array.from({ length: n * NAMES.length }, () => 4 * uniform() - 2);
  return {
    n,
    columns: NAMES.length,
    dense,
    counts: Float32Array.from({ length: n }, () => Math.floor(50 * uniform())),
    ids,
  };
}

async function loaded(p: FamilyParameters) {
  const own = p.own && { items: [...p.own.items], open: p.own.open };
  return loadModel({ model: exportFamilyModel(p), manifest: { ...manifestOf(NAMES.length), columns: NAMES, own } });
}

describe("the graph with items' own coefficients", () => {
  test.each([true, false])(
    "agrees to 1e-6 with the float64 reference on 10,000 rows, deviations to 1e-5 of themselves (others by the prior: %s)",
    { timeout: 60_000 },
    async (open) => {
      const p = familyParameters(learner);
      if (p.own === undefined) throw new Error("own coefficients were believed");
      const given = { linear: roundLinear(p.linear), own: { ...p.own, open } };
      const model = await loaded(given);
      const scorer = model.hold();
      const worst = { mean: 0, deviation: 0 };
      for (let call = 0; call < 100; call++) {
        const rows = rowsOf(100, 10 + call);
        const came = await scorer.score(rows);
        const expected = scoreFamily(given, { ...rows, own: rows.ids.map(placesOf(given.own)) });
        for (let row = 0; row < rows.n; row++) {
          worst.mean = Math.max(worst.mean, Math.abs(came.mean[row] - expected.mean[row]));
          const ratio = Math.sqrt(came.variance[row] / expected.variance[row]);
          worst.deviation = Math.max(worst.deviation, Math.abs(ratio - 1));
        }
      }
      expect(worst.mean).toBeLessThanOrEqual(1e-6);
      expect(worst.deviation).toBeLessThanOrEqual(1e-5);
      await scorer.release();
      await model.retire();
    },
  );

  test("says what the learner's running posterior says", () => {
    const p = familyParameters(learner);
    if (p.own === undefined || learner.choice.own === undefined) throw new Error("own coefficients were believed");
    const rows = rowsOf(50, 3);
    const { mean, variance } = scoreFamily(p, { ...rows, own: rows.ids.map(placesOf(p.own)) });
    for (let i = 0; i < rows.n; i++) {
      const f = learner.own.read(rows.dense.subarray(i * NAMES.length, (i + 1) * NAMES.length));
      const scored = f && learner.own.predict(rows.ids[i], learner.choice.own, f);
      // The learner reads random features as whole numbers of 1/1023.
      expect(Math.abs(mean[i] - (scored?.mean ?? Number.NaN))).toBeLessThan(0.01);
      expect(Math.abs(variance[i] / (scored?.variance ?? Number.NaN) - 1)).toBeLessThan(0.01);
    }
  });

  test("has equal bytes for equal parameters, is read by our reader and an independent one alike, and without the part is the linear model", () => {
    const p = familyParameters(learner);
    const again = exportFamilyModel(familyParameters(taught()));
    expect(Buffer.compare(exportFamilyModel(p), again)).toBe(0);
    const summary = readOnnx(exportFamilyModel(p), { bytesMax: 64 * 1024 * 1024 });
    expect(summary.inputs.map(({ name }) => name)).toEqual(["dense", "averages", "group", "counts", "own"]);
    const graph = fromBinary(ModelProtoSchema, again).graph;
    expect(summary.operators).toEqual(graph?.node.map(({ opType }) => opType));
    expect(summary.initializers.map(({ name, shape }) => [name, shape.map(BigInt)])).toEqual(
      graph?.initializer.map(({ name, dims }) => [name, dims]),
    );
    expect(Buffer.compare(exportFamilyModel({ linear: p.linear }), exportLinearModel(p.linear))).toBe(0);
  });

  test("scores requests of one call as it does alone, and its golden rows name their items", async () => {
    const p = familyParameters(learner);
    const model = await loaded(p);
    const scorer = model.hold();
    const [a, b] = [rowsOf(6, 1), rowsOf(4, 2)];
    const both = {
      n: 10,
      columns: NAMES.length,
      dense: Float32Array.from([...a.dense, ...b.dense]),
      counts: Float32Array.from([...a.counts, ...b.counts]),
      ids: [...a.ids, ...b.ids],
      sizes: [6, 4],
    };
    expect(scorer.readsIds).toBe(true);
    const together = scorer.scoreNow?.(both);
    const alone = [await scorer.score(a), await scorer.score(b)].flatMap(({ mean }) => [...mean]);
    alone.forEach((value, i) => expect(together?.mean[i]).toBeCloseTo(value, 6));
    const dense = Float32Array.from([...a.dense, ...rowsOf(6, 5).dense]);
    const twins = scorer.scoreNow?.({ ...a, dense, twins: true });
    const second = await scorer.score({ ...a, dense: rowsOf(6, 5).dense });
    expect(twins?.variance.length).toBe(6);
    second.mean.forEach((value, i) => expect(twins?.mean[6 + i]).toBeCloseTo(value, 6));
    const golden = goldenOf(p, { ...a, items: a.ids });
    expect(golden.items).toEqual(a.ids);
    checkGolden(golden, await scorer.score({ ...a, ids: golden.items }));
    await scorer.release();
    await model.retire();
  });
});
