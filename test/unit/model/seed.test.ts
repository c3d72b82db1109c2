import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readBundle } from "../../../src/adapters/fs/modelStore.ts";
import { loadModel } from "../../../src/adapters/onnx/session.ts";
import { seedFiles } from "../../../training/onnx/seedModel.ts";
import { rowsOf } from "./fixtures.ts";

const folder = join(import.meta.dirname, "..", "..", "..", "models", "seed", "0");

test("the committed seed model is what the code writes", async () => {
  expect((await readdir(folder)).sort()).toEqual([...seedFiles().keys()].sort());
  for (const [name, bytes] of seedFiles()) expect(new Uint8Array(await readFile(join(folder, name)))).toEqual(bytes);
});

test("the seed model gives mean 0 and variance 1 whatever the columns and candidates are", async () => {
  const model = await loadModel(await readBundle(folder));
  const scorer = model.hold();
  expect(scorer.version).toBe(0);
  for (const [n, columns] of [
    [1, 0],
    [3, 11],
    [500, 96],
  ]) {
    const { mean, variance } = await scorer.score(rowsOf(n, columns));
    expect([...mean]).toEqual(new Array(n).fill(0));
    expect([...variance]).toEqual(new Array(n).fill(1));
  }
  await scorer.release();
  await model.retire();
});
