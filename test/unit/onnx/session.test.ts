import { expect, test } from "vitest";
import { loadModel } from "../../../src/adapters/onnx/session.ts";
import { parseManifest } from "../../../src/core/model/manifest.ts";
import { modelBytes } from "../../../training/onnx/graph.ts";
import { exportLinearModel, linearGraph } from "../../../training/onnx/linearModel.ts";
import { seedFiles } from "../../../training/onnx/seedModel.ts";
import { signature } from "../../../training/onnx/signature.ts";
import { columnNames, parametersOf, rowsOf } from "../model/fixtures.ts";

const seedManifest = parseManifest(seedFiles().get("manifest.json") ?? new Uint8Array());
const p = parametersOf(5);
const load = () =>
  loadModel({ model: exportLinearModel(p), manifest: { ...seedManifest, version: 7, columns: columnNames(5) } });
const released = expect.objectContaining({ code: "CB_MODEL_RELEASED" });

test("a request with more columns than the model reads is scored by the first ones", async () => {
  const model = await load();
  const scorer = model.hold();
  const narrow = rowsOf(6, 5);
  const wide = { ...narrow, columns: 8, dense: new Float32Array(6 * 8).fill(99) };
  for (let row = 0; row < 6; row++) wide.dense.set(narrow.dense.subarray(row * 5, row * 5 + 5), row * 8);
  expect(await scorer.score(wide)).toEqual(await scorer.score(narrow));
  await scorer.release();
  await model.retire();
});

test("a request with fewer columns is scored with the others at the model's centre", async () => {
  const model = await load();
  const scorer = model.hold();
  const narrow = rowsOf(6, 3);
  const padded = { ...narrow, columns: 5, dense: new Float32Array(6 * 5) };
  for (let row = 0; row < 6; row++)
    padded.dense.set([...narrow.dense.subarray(row * 3, row * 3 + 3), p.centre[3], p.centre[4]], row * 5);
  expect(await scorer.score(narrow)).toEqual(await scorer.score(padded));
  await scorer.release();
  await model.retire();
});

test("candidates of several requests in one call score as they do alone", async () => {
  const scorer = (await load()).hold();
  const [first, second] = [rowsOf(6, 5, 2), rowsOf(9, 5, 3)];
  const dense = Float32Array.of(...first.dense, ...second.dense);
  const counts = Float32Array.of(...first.counts, ...second.counts);
  const both = scorer.scoreNow?.({ dense, counts, n: 15, columns: 5, sizes: [6, 9] });
  const alone = [await scorer.score(first), await scorer.score(second)];
  for (const output of ["mean", "variance"] as const) {
    const expected = alone.flatMap((scores) => [...scores[output]]);
    expected.forEach((value, row) => expect(both?.[output][row]).toBeCloseTo(value, 6));
  }
});

test("twins get the means that they get alone, and leave everything else as it is", async () => {
  const twin = { ...rowsOf(15, 5, 4), columns: 5 };
  const first = { ...rowsOf(15, 5, 3), columns: 5 };
  const dense = Float32Array.of(...first.dense, ...twin.dense);
  const ofEveryRow = modelBytes({ ...linearGraph(p), ...signature(5) });
  for (const model of [exportLinearModel(p), ofEveryRow]) {
    const scorer = (await loadModel({ model, manifest: { ...seedManifest, columns: columnNames(5) } })).hold();
    const both = scorer.scoreNow?.({ dense, counts: first.counts, n: 15, columns: 5, sizes: [6, 9], twins: true });
    const alone = scorer.scoreNow?.({ ...first, sizes: [6, 9] });
    const means = [...(alone?.mean ?? []), ...(await scorer.score(twin)).mean];
    expect(both?.mean).toHaveLength(30);
    means.forEach((value, row) => expect(both?.mean[row]).toBeCloseTo(value, 6));
    alone?.variance.forEach((value, row) => expect(both?.variance[row]).toBeCloseTo(value, 6));
  }
});

test("means of twins are the same bits whatever the rows before them hold", async () => {
  const scorer = (await load()).hold();
  const { dense: twin, counts } = rowsOf(15, 5, 4);
  const means = [3, 5, 6].map((seed) => {
    const dense = Float32Array.of(...rowsOf(15, 5, seed).dense, ...twin);
    return scorer.scoreNow?.({ dense, counts, n: 15, columns: 5, sizes: [6, 9], twins: true }).mean.slice(15);
  });
  expect(means[0]).toHaveLength(15);
  expect(means[1]).toEqual(means[0]);
  expect(means[2]).toEqual(means[0]);
});

test("a model that does not tell requests apart is not asked about several at once", async () => {
  const nodes = [
    { op: "ReduceMean", inputs: ["dense"], outputs: ["all"], attributes: { keepdims: { int: 0 } } },
    { op: "Add", inputs: ["counts", "all"], outputs: ["mean"] },
    { op: "Mul", inputs: ["counts", "counts"], outputs: ["variance"] },
  ];
  const model = modelBytes({ name: "mixing", ...signature(5), constants: [], nodes });
  const scorer = (await loadModel({ model, manifest: { ...seedManifest, columns: columnNames(5) } })).hold();
  expect(scorer.scoreNow).toBeUndefined();
  expect((await scorer.score(rowsOf(3, 5))).mean).toHaveLength(3);
});

test("no candidates give no scores", async () => {
  const model = await load();
  const { mean, variance } = await model
    .hold()
    .score({ dense: new Float32Array(0), n: 0, columns: 5, counts: new Float32Array(0) });
  expect([mean.length, variance.length]).toEqual([0, 0]);
});

test("a session is released after its last scorer, however often one of them releases", async () => {
  const model = await load();
  const [first, second] = [model.hold(), model.hold()];
  let done = false;
  const retired = model.retire().then(() => {
    done = true;
  });
  await first.release();
  await first.release();
  await expect(first.score(rowsOf(2, 5))).rejects.toEqual(released);
  expect((await second.score(rowsOf(2, 5))).mean).toHaveLength(2);
  expect(done).toBe(false);
  await second.release();
  await retired;
  expect(() => model.hold()).toThrow(released);
});

test("a call that is under way when its scorer is released still ends well", async () => {
  const model = await load();
  const scorer = model.hold();
  const scores = scorer.score(rowsOf(3, 5));
  await Promise.all([scorer.release(), model.retire(), expect(scores).resolves.toMatchObject({ mean: { length: 3 } })]);
});

test("a request whose arrays do not fit is refused with a code", async () => {
  const model = await load();
  const scorer = model.hold();
  await expect(scorer.score({ ...rowsOf(3, 5), n: 4 })).rejects.toThrow(
    expect.objectContaining({ code: "CB_MODEL_LOAD_FAILED" }),
  );
  await scorer.release();
  await model.retire();
});

test("a graph that the runtime refuses is a coded error", async () => {
  const nodes = [{ op: "MatMul", inputs: ["counts", "dense", "group"], outputs: ["mean"] }];
  const model = modelBytes({ name: "broken", ...signature(5), constants: [], nodes });
  await expect(loadModel({ model, manifest: { ...seedManifest, columns: columnNames(5) } })).rejects.toThrow(
    expect.objectContaining({ code: "CB_MODEL_LOAD_FAILED" }),
  );
});
