/** Triton's own client, and the schema of its model configuration, against a server and its models folder. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { modelStore } from "../../../src/adapters/fs/modelStore.ts";
import { roundLinear, scoreLinear } from "../../../src/core/model/linear.ts";
import { readOnnx } from "../../../src/core/model/onnxReader.ts";
import { startBrigand } from "../../support/processes.ts";
import { temporaryFolder } from "../../support/tmp.ts";
import { describeWithTriton } from "../../support/triton.ts";
import { parametersOf, publicationOf } from "../../unit/model/fixtures.ts";

const WIDTH = 6;

/** A data folder with two versions of the policy news. */
async function published(): Promise<string> {
  const dataDir = temporaryFolder();
  const store = modelStore({ folder: join(dataDir, "models") });
  for (const seed of [1, 2]) await store.publish(publicationOf({ seed, d: WIDTH }));
  return dataDir;
}

describeWithTriton("Triton's client", (run) => {
  it("reads metadata, infers with JSON and binary tensors alike, loads and unloads", async () => {
    const { url } = await startBrigand("serve", { dataDir: await published() });
    const settings = { method: "PUT", headers: { "content-type": "application/json" }, body: "{}" };
    expect((await fetch(`${url}/v1/policies/news`, settings)).status).toBe(200);
    const pinned = { method: "POST", headers: { "content-type": "application/json" }, body: '{"version":1}' };
    expect((await fetch(`${url}/v1/models/news/pin`, pinned)).status).toBe(200);
    expect((await fetch(`${url}/v1/models/news/unpin`, { method: "POST" })).status).toBe(200);

    const seen = run(new URL(url).host, "news", String(WIDTH));
    expect(seen).toMatchObject({ live: true, ready: true, modelReady: true, versionReady: [true, true, true, false] });
    expect(seen.server).toMatchObject({ name: "brigand", extensions: expect.arrayContaining(["model_repository"]) });
    expect(seen.metadata).toMatchObject({
      ...{ name: "news", versions: ["0", "1", "2"], platform: "onnx_onnxv1" },
      inputs: expect.arrayContaining([{ name: "dense", datatype: "FP32", shape: [-1, WIDTH] }]),
      outputs: [
        { name: "mean", datatype: "FP32", shape: [-1] },
        { name: "variance", datatype: "FP32", shape: [-1] },
      ],
    });
    expect(seen.config).toMatchObject({ name: "news", max_batch_size: 0 });
    expect(seen.index).toContainEqual({ name: "news", version: "2", state: "READY", reason: "serving" });

    for (const [form, { mean, variance }] of Object.entries<{ mean: number[]; variance: number[] }>(seen.infer)) {
      const expected = scores(2, seen.inputs);
      expect(mean.length, form).toBe(5);
      for (const [i, value] of mean.entries()) expect(value, form).toBeCloseTo(expected.mean[i], 4);
      for (const [i, value] of variance.entries()) expect(value, form).toBeCloseTo(expected.variance[i], 4);
      expect({ mean, variance }, form).toEqual({ mean: seen.infer.binary.mean, variance: seen.infer.binary.variance });
    }
    expect(seen.infer.json).toMatchObject({ id: "json", version: "2" });
    expect(seen.first.version).toBe("1");
    expect(seen.first.mean[0]).toBeCloseTo(scores(1, seen.inputs).mean[0], 4);

    expect(seen.wrongShape).toMatchObject({ status: "400", message: expect.stringContaining("The shape of dense") });
    expect(seen.missing).toMatchObject({ status: "400", message: expect.stringContaining("group") });
    expect(seen.unknown).toMatchObject({ status: "404", message: expect.stringContaining("nobody") });
    expect(seen.unloaded).toMatchObject({ ready: false, infer: { status: "400" } });
    expect(seen.unloaded.index).toContainEqual({
      name: "news",
      version: "2",
      state: "UNAVAILABLE",
      reason: "unloaded",
    });
    expect(seen.loaded).toEqual({ ready: true, mean: seen.infer.all.mean });
    const events = await (await fetch(`${url}/v1/logs?policy=news`)).text();
    expect(events).toBe("");
  });

  it("finds a model repository in the models folder: a configuration that its schema takes, and numbered versions", async () => {
    const line = join(await published(), "models", "news");
    const { input, output, ...rest } = run("--config", join(line, "config.pbtxt"));
    expect(rest).toEqual({
      ...{ name: "news", platform: "onnxruntime_onnx", backend: "onnxruntime" },
      version_policy: { latest: { num_versions: 1 } },
    });
    const versions = readdirSync(line).filter((name) => name !== "config.pbtxt");
    expect(versions.toSorted()).toEqual(["1", "2"]);
    const summary = readOnnx(readFileSync(join(line, "2", "model.onnx")), { bytesMax: 1e6 });
    for (const [told, values] of [
      [input, summary.inputs],
      [output, summary.outputs],
    ] as const) {
      const types: { readonly [type: string]: string } = {
        float32: "TYPE_FP32",
        float64: "TYPE_FP64",
        int64: "TYPE_INT64",
      };
      const expected = values.map(({ name, type, shape }) => ({
        ...{ name, data_type: types[type] },
        dims: shape.map((size) => (typeof size === "number" ? String(size) : "-1")),
      }));
      expect(told).toEqual(expected);
    }
  });
});

/** The same rows by the arithmetic that models/README.md states, in JavaScript. */
function scores(seed: number, { dense, counts }: { readonly dense: number[]; readonly counts: number[] }) {
  const rows = { dense: Float32Array.from(dense), counts: Float32Array.from(counts), n: counts.length, columns: WIDTH };
  return scoreLinear(roundLinear(parametersOf(WIDTH, seed)), rows);
}
