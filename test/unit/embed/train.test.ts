import { expect, test } from "vitest";
import { Vectors } from "../../../src/core/embed/vectors.ts";
import { Catalogue } from "../../../src/core/features/catalogue.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { RecordKind } from "../../../src/core/log/records.ts";
import { wasmBackend } from "../../../training/embed/backends/wasm.ts";
import { contentOf } from "../../../training/embed/content.ts";
import { datasetOf } from "../../../training/embed/dataset.ts";
import { dueAt, Embedder } from "../../../training/embed/embedder.ts";
import { EmbedRows } from "../../../training/embed/rows.ts";
import { tableOf, trainVectors } from "../../../training/embed/train.ts";
import { plantedRows } from "../../conformance/embed/planted.ts";
import { correctOf, learnOf, unlearnOf } from "../learner/rows.ts";

/** Item numbers as colours: even ones red, odd ones blue. */
function colouredCatalogue(items: number): Catalogue {
  const catalogue = new Catalogue();
  for (let i = 0; i < items; i++) {
    const features = { colour: i % 2 === 0 ? "red" : "blue", size: i };
    catalogue.apply({ kind: RecordKind.item, id: `e${i}`, item: `i${i}`, features, at: 0 });
  }
  return catalogue;
}

/** Reds are answered nine times in ten, blues once; each user's list holds 2 of 20 items. */
function redRows(): EmbedRows {
  const rows = new EmbedRows();
  for (let u = 0; u < 600; u++) {
    const items = [`i${(7 * u) % 20}`, `i${(7 * u + 3) % 20}`];
    const rewards = items.map((id, k) => ((Number(id.slice(1)) % 2 === 0) === ((u + k) % 10 !== 0) ? 1 : 0));
    const learned = learnOf(
      [
        { x: [], reward: 0 },
        { x: [], reward: 0 },
      ],
      0,
    );
    rows.add({ ...learned, subject: `u${u}`, items, rewards }, u);
  }
  return rows;
}

test("an item that was never shown is expected to do as its content does", async () => {
  const backend = await wasmBackend();
  const catalogue = colouredCatalogue(20);
  const trained = trainVectors(backend, { rows: redRows(), declared: catalogue }, { dimension: 2 });
  if (trained === undefined) throw new Error("nothing was learned");
  for (const [item, colour] of [
    ["fresh1", "red"],
    ["fresh2", "blue"],
  ])
    catalogue.apply({ kind: RecordKind.item, id: item, item, features: { colour }, at: 0 });
  const vectors = new Vectors({ ...trained.value, version: 1, rows: 0, learnedTo: 0 });
  const term = (id: string) => {
    const content = catalogue.items.get(id);
    if (content === undefined) throw new Error(id);
    return vectors.vectorOf(id, content, catalogue.vocabulary)[0];
  };
  expect(term("fresh1")).toBeGreaterThan(term("fresh2") + 1);
  expect(term("i0")).toBeGreaterThan(term("i1") + 1);
});

test("an item's vector in the core is the trainer's own, content and all", async () => {
  const backend = await wasmBackend();
  const catalogue = colouredCatalogue(20);
  const rows = redRows();
  const trained = trainVectors(backend, { rows, declared: catalogue }, { dimension: 3, steps: 3 });
  const data = datasetOf(rows, 100);
  if (trained === undefined || data === undefined) throw new Error("nothing was learned");
  const content = contentOf(data.items, catalogue);
  const { values, items } = trained.value;
  const parameters = { own: values.slice(0, items.length * 4), tower: values.slice(items.length * 4) };
  const table = tableOf(parameters, content, 4);
  const vectors = new Vectors({ ...trained.value, version: 1, rows: 0, learnedTo: 0 });
  items.forEach((id, i) => {
    const declared = catalogue.items.get(id);
    if (declared === undefined) throw new Error(id);
    const vector = vectors.vectorOf(id, declared, catalogue.vocabulary);
    vector.forEach((value, k) => expect(value).toBeCloseTo(table[i * 4 + k], 6));
  });
});

test("the same rows give the same vectors, whatever was learned before", async () => {
  const backend = await wasmBackend();
  const learn = () => {
    const { rows } = plantedRows({ users: 200, items: 20, lists: 6 });
    const embedder = new Embedder(rows);
    const options = { dimension: 2 };
    const first = embedder.learn(backend, { declared: new Catalogue(), learnedTo: 9 }, options);
    return { first, second: embedder.learn(backend, { declared: new Catalogue(), learnedTo: 9 }, options) };
  };
  const [a, b] = [learn(), learn()];
  expect(a).toEqual(b);
  expect(a.second?.value.version).toBe(2);
  expect(a.second?.value.values).toEqual(a.first?.value.values);
});

test("rewards that are all equal teach nothing", async () => {
  const rows = new EmbedRows();
  rows.add(
    learnOf(
      [
        { x: [], reward: 3 },
        { x: [], reward: 3 },
      ],
      0,
    ),
    1,
  );
  const declared = new Catalogue();
  expect(trainVectors(await wasmBackend(), { rows, declared })).toBeUndefined();
});

test("a corrected reward replaces the old one, an unseen row is left out, the oldest rows go first", () => {
  const rows = new EmbedRows(4);
  const [first, second, third] = [0, 1, 2].map((k) => ({
    ...learnOf(
      [
        { x: [], reward: 0 },
        { x: [], reward: 1 },
      ],
      0,
    ),
    decision: `d${k}`,
    subject: "u",
  }));
  rows.add(first, 10);
  rows.add(second, 20);
  rows.add(correctOf(second, 20, { row: 0, after: 5 }), 30);
  rows.add(third, 40);
  rows.add(unlearnOf(third, 40, { row: 1 }), 50);
  expect([...rows.lists.keys()]).toEqual([20, 40]);
  expect([rows.kept, rows.total]).toEqual([4, 6]);
  const data = datasetOf(rows, 10);
  expect(data && [...data.answer.subarray(0, data.starts[1])]).toEqual([1, Math.fround(0.2), 0]);
});

test("new vectors are due after 4,096 rows, then after a fifth more, at the latest when all rows are new", () => {
  expect([0, 4_096, 10_000, 10_000_000].map(dueAt)).toEqual([4_096, 4_916, 12_000, 10_500_000]);
});

test("vectors that the log brought are what the next version and its time count from", () => {
  const embedder = new Embedder();
  embedder.add(
    {
      kind: OperationKind.vectors,
      version: 7,
      dimension: 1,
      rows: 9_000,
      learnedTo: 1,
      loss: 0,
      low: 0,
      high: 1,
      items: [],
      fields: [],
      tokens: [],
      numbers: [],
      values: Float32Array.of(0, 1),
    },
    5,
  );
  expect(embedder.previous?.version).toBe(7);
  embedder.rows.total = 10_799;
  expect(embedder.due).toBe(false);
  embedder.rows.total = 10_800;
  expect(embedder.due).toBe(true);
});
