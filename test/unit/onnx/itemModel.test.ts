import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { Vectors, type VectorsValue } from "../../../src/core/embed/vectors.ts";
import { Catalogue } from "../../../src/core/features/catalogue.ts";
import { RecordKind } from "../../../src/core/log/records.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import { readOnnx } from "../../../src/core/model/onnxReader.ts";
import { wasmBackend } from "../../../training/embed/backends/wasm.ts";
import { contentOf } from "../../../training/embed/content.ts";
import { contentOperator } from "../../../training/embed/maximisation.ts";
import { exportItemModel } from "../../../training/onnx/itemModel.ts";
import { vectorsOf } from "../embed/values.ts";

const ITEMS = 400;
const KNOWN = 300;
const DIMENSION = 16;
const WIDTH = DIMENSION + 1;

/** 400 items with tags and two numbers; the first 300 have terms of their own. Seeded. */
function world() {
  const uniform = uniformOf("0dd".padStart(64, "0"));
  const catalogue = new Catalogue();
  const ids = Array.from({ length: ITEMS }, (_, i) => `item${i}`);
  for (const id of ids) {
    const tags = Array.from({ length: 1 + Math.floor(uniform() * 6) }, () => `t${Math.floor(uniform() * 60)}`);
    const features = { tags, price: uniform() * 100, year: Math.floor(uniform() * 50) };
    catalogue.apply({ kind: RecordKind.item, id, item: id, features, at: 0 });
  }
  const content = contentOf(ids, catalogue);
  const rows = KNOWN + content.inputs;
  const value: VectorsValue = {
    ...vectorsOf(),
    ...content,
    dimension: DIMENSION,
    items: ids.slice(0, KNOWN),
    values: Float32Array.from({ length: rows * WIDTH }, () => uniform() - 0.5),
  };
  return { catalogue, ids, content, value };
}

/** Entries of the content by item, padded to the longest. */
function padded({ item, input, weight }: ReturnType<typeof contentOf>) {
  const counts = new Int32Array(ITEMS);
  for (const i of item) counts[i]++;
  const m = Math.max(...counts);
  const inputs = new BigInt64Array(ITEMS * m);
  const weights = new Float32Array(ITEMS * m);
  counts.fill(0);
  item.forEach((i, e) => {
    const at = i * m + counts[i]++;
    inputs[at] = BigInt(input[e]);
    weights[at] = weight[e];
  });
  return { m, inputs, weights };
}

test("the ONNX file, TensorFlow.js and the core give the same vectors of 400 items to 1e-5, known and new ones", async () => {
  const { catalogue, ids, content, value } = world();
  const { m, inputs, weights } = padded(content);
  const session = await InferenceSession.create(exportItemModel(value));
  const own = BigInt64Array.from(ids, (_, i) => BigInt(Math.min(i, KNOWN)));
  const { bias, vector } = await session.run({
    item: new Tensor("int64", own, [ITEMS]),
    inputs: new Tensor("int64", inputs, [ITEMS, m]),
    weights: new Tensor("float32", weights, [ITEMS, m]),
  });
  const { tf } = await wasmBackend();
  const operator = contentOperator(tf, content, ITEMS);
  const tower = tf.tensor2d(value.values.slice(KNOWN * WIDTH), [content.inputs, WIDTH]);
  const forward = operator.forward(tower);
  const learned = forward.dataSync();
  const vectors = new Vectors(value);
  let worst = 0;
  ids.forEach((id, i) => {
    const declared = catalogue.items.get(id);
    if (declared === undefined) throw new Error(id);
    vectors.vectorOf(id, declared, catalogue.vocabulary).forEach((expected, k) => {
      const onnx = k === 0 ? bias.data[i] : vector.data[i * DIMENSION + k - 1];
      const trained = learned[i * WIDTH + k] + (i < KNOWN ? value.values[i * WIDTH + k] : 0);
      worst = Math.max(worst, Math.abs(Number(onnx) - expected), Math.abs(trained - expected));
    });
  });
  operator.dispose();
  tf.dispose([tower, forward]);
  await session.release();
  expect(worst).toBeLessThan(1e-5);
});

test("an independent reader of ONNX sees what ours sees, and equal vectors give equal bytes", () => {
  const bytes = exportItemModel(vectorsOf());
  expect(bytes).toEqual(exportItemModel(vectorsOf()));
  const graph = fromBinary(ModelProtoSchema, bytes).graph;
  const ours = readOnnx(bytes, { bytesMax: bytes.length });
  expect(ours.operators).toEqual(graph?.node.map(({ opType }) => opType));
  expect(graph?.input.map(({ name }) => name)).toEqual(["item", "inputs", "weights"]);
  expect(graph?.output.map(({ name }) => name)).toEqual(["bias", "vector"]);
});
