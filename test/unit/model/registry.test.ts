import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type ModelStore, modelStore, readBundle } from "../../../src/adapters/fs/modelStore.ts";
import { loadModel } from "../../../src/adapters/onnx/session.ts";
import {
  type ModelRegistry,
  type ModelRegistryOptions,
  startModelRegistry,
} from "../../../src/server/models/registry.ts";
import { modelBytes } from "../../../training/onnx/graph.ts";
import { bytesField, concat, textField, varintField } from "../../../training/onnx/protobuf.ts";
import { signature } from "../../../training/onnx/signature.ts";
import { publicationOf, rowsOf, temporaryFolder } from "./fixtures.ts";

const seed = readBundle(join(import.meta.dirname, "..", "..", "..", "models", "seed", "0"));

interface Setting {
  readonly folder: string;
  readonly store: ModelStore;
  readonly registry: ModelRegistry;
  readonly swaps: number[];
  readonly refusals: string[];
  /** Runs what the registry's timer waits for. */
  tick(): void;
}

/** A registry over an empty folder, whose timer is the test. */
async function start(options: Partial<ModelRegistryOptions> = {}): Promise<Setting> {
  const folder = await temporaryFolder();
  const store = modelStore({ folder });
  const swaps: number[] = [];
  const refusals: string[] = [];
  let waiting: () => void = () => {};
  let ticks = 0;
  const registry = await startModelRegistry({
    reader: store,
    load: loadModel,
    seed: await seed,
    clock: { now: () => 1_000, elapsed: () => ticks++ },
    later: (task) => {
      waiting = task;
      return () => {
        waiting = () => {};
      };
    },
    onSwap: ({ version }) => swaps.push(version),
    onRefused: ({ code }) => refusals.push(code ?? "none"),
    ...options,
  });
  onTestFinished(() => registry.close());
  return { folder, store, registry, swaps, refusals, tick: () => waiting() };
}

async function meansOf(registry: ModelRegistry): Promise<number[]> {
  const scorer = registry.current("news");
  const { mean } = await scorer.score(rowsOf(3, 6));
  await scorer.release();
  return [...mean];
}

const stateOf = (registry: ModelRegistry, version: number) =>
  registry.states("news").find((state) => state.version === version);

describe("hot loading", () => {
  test("a policy without models is served by the seed", async () => {
    const { registry } = await start();
    expect(await meansOf(registry)).toEqual([0, 0, 0]);
    expect(registry.status("news")).toMatchObject({ serving: 0, versions: [{ version: 0, state: "READY" }] });
  });

  test("a new version serves after the next look into the folder", async () => {
    const { registry, store, swaps, tick } = await start();
    await store.publish(publicationOf({ seed: 1 }));
    tick();
    await expect.poll(() => registry.status("news").serving, { interval: 2 }).toBe(1);
    expect((await meansOf(registry)).every((mean) => mean !== 0)).toBe(true);
    expect(swaps).toEqual([1]);
    expect(stateOf(registry, 1)).toMatchObject({ state: "READY", reason: "serving", since: 1_000 });
  });

  test("a start finds the newest version that is whole", async () => {
    const { store, folder, registry } = await start();
    for (let number = 1; number <= 3; number++) await store.publish(publicationOf({ seed: number }));
    await writeFile(join(folder, "news", "3", "model.onnx"), "broken");
    await registry.poll();
    expect(registry.status("news").serving).toBe(2);
    expect(stateOf(registry, 1)).toBeUndefined();
  });

  test("the hint by name loads without waiting", async () => {
    const { registry, store } = await start();
    await store.publish(publicationOf({ seed: 1 }));
    await registry.poll("news");
    expect(registry.status("news").serving).toBe(1);
  });

  test("versions over the number kept drain, and unload after their last request", async () => {
    const { registry, store } = await start({ versionsLoadedMax: 2 });
    await store.publish(publicationOf({ seed: 1 }));
    await registry.poll();
    const held = registry.current("news");
    for (let number = 2; number <= 3; number++) {
      await store.publish(publicationOf({ seed: number }));
      await registry.poll();
    }
    expect(registry.states("news").map(({ state }) => state)).toEqual(["READY", "DRAINING", "READY", "READY"]);
    expect(held.version).toBe(1);
    expect((await held.score(rowsOf(3, 6))).mean).toHaveLength(3);
    await held.release();
    await expect.poll(() => stateOf(registry, 1)?.state, { interval: 2 }).toBe("UNLOADED");
  });

  test("a look that fails is told, and the next one goes on", async () => {
    const errors: unknown[] = [];
    const reader = {
      policies: () => Promise.reject(new Error("no disk")),
      versions: async () => [],
      read: () => Promise.reject(new Error("no disk")),
    };
    const { registry } = await start({ reader, onError: (error) => errors.push(error) });
    expect(errors).toHaveLength(1);
    expect(registry.status("news").serving).toBe(0);
  });

  test("a trouble that passes does not refuse a version for good", async () => {
    const folder = await temporaryFolder();
    const store = modelStore({ folder });
    await store.publish(publicationOf());
    let busy = true;
    const { registry, refusals } = await start({
      reader: {
        ...store,
        read: (policy, version) => (busy ? Promise.reject(new Error("EMFILE")) : store.read(policy, version)),
      },
    });
    expect(stateOf(registry, 1)).toMatchObject({ state: "UNAVAILABLE", reason: "EMFILE" });
    busy = false;
    await registry.poll();
    expect(registry.status("news").serving).toBe(1);
    expect(refusals).toEqual(["none"]);
  });
});

describe("pinning", () => {
  test("a pinned version serves until it is unpinned, whatever is published", async () => {
    const { registry, store } = await start();
    for (let number = 1; number <= 2; number++) await store.publish(publicationOf({ seed: number }));
    await registry.poll();
    await registry.pin("news", 1);
    await store.publish(publicationOf({ seed: 3 }));
    await registry.poll();
    expect(registry.status("news")).toMatchObject({ serving: 1, pinned: 1 });
    await registry.unpin("news");
    expect(registry.status("news").serving).toBe(3);
    expect(registry.status("news").pinned).toBeUndefined();
  });

  test("the seed can be pinned", async () => {
    const { registry, store } = await start();
    await store.publish(publicationOf());
    await registry.poll();
    await registry.pin("news", 0);
    expect(await meansOf(registry)).toEqual([0, 0, 0]);
    await registry.unpin("news");
    expect(registry.status("news").serving).toBe(1);
  });

  test("a version that is not there cannot be pinned, and nothing changes", async () => {
    const { registry, store } = await start();
    await store.publish(publicationOf());
    await registry.poll();
    await expect(registry.pin("news", 9)).rejects.toEqual(
      expect.objectContaining({ code: "CB_MODEL_VERSION_UNKNOWN" }),
    );
    expect(registry.status("news")).toMatchObject({ serving: 1, pinned: undefined });
  });
});

describe("a version that is not as it should be is refused with its code, and the old one serves", () => {
  const good = publicationOf({ seed: 2 });
  const node = bytesField(1, concat([textField(2, "mean"), textField(4, "Loop")]));
  const external = bytesField(
    5,
    concat([varintField(2, 1), textField(8, "w"), bytesField(13, textField(1, "location"))]),
  );
  const onnx = (field: Uint8Array) =>
    concat([varintField(1, 10), bytesField(7, field), bytesField(8, varintField(2, 21))]);
  const nan = modelBytes({
    name: "nan",
    ...signature(6),
    constants: [{ name: "w", shape: [1], data: Float32Array.of(Number.NaN) }],
    nodes: [],
  });
  const root = modelBytes({
    name: "nan outputs",
    ...signature(6),
    constants: [{ name: "less", shape: [], data: Float32Array.of(-1e9) }],
    nodes: [
      { op: "Add", inputs: ["counts", "less"], outputs: ["below"] },
      { op: "Sqrt", inputs: ["below"], outputs: ["mean"] },
      { op: "Abs", inputs: ["counts"], outputs: ["variance"] },
    ],
  });
  const cases: [string, string, (at: string) => Promise<void>][] = [
    ["a truncated model", "CB_MODEL_MALFORMED", (at) => replaceModel(at, good.model.slice(0, -10))],
    [
      "a file that does not fit its hash",
      "CB_MODEL_HASH_MISMATCH",
      (at) => writeFile(join(at, "model.onnx"), good.model.slice(0, -10)),
    ],
    ["NaN weights", "CB_MODEL_NOT_FINITE", (at) => replaceModel(at, nan)],
    ["NaN outputs", "CB_MODEL_NOT_FINITE", (at) => replaceModel(at, root)],
    ["another model's outputs", "CB_MODEL_GOLDEN_MISMATCH", (at) => replaceModel(at, publicationOf({ seed: 3 }).model)],
    ["external data", "CB_MODEL_EXTERNAL_DATA", (at) => replaceModel(at, onnx(external))],
    ["an unknown operator", "CB_MODEL_OPERATOR_UNKNOWN", (at) => replaceModel(at, onnx(node))],
    ["other columns", "CB_MODEL_SIGNATURE_INVALID", (at) => replaceModel(at, publicationOf({ seed: 2, d: 5 }).model)],
    [
      "a linked file",
      "CB_MODEL_FILE_INVALID",
      async (at) => {
        await mkdir(join(at, "..", "..", "elsewhere"));
        await rename(join(at, "model.onnx"), join(at, "..", "..", "elsewhere", "model.onnx"));
        await symlink(join(at, "..", "..", "elsewhere", "model.onnx"), join(at, "model.onnx"));
      },
    ],
    ["a missing golden file", "CB_MODEL_FILE_INVALID", (at) => rm(join(at, "golden.json"))],
  ];

  test.each(cases)("%s: %s", async (_, code, damage) => {
    const { registry, store, folder, refusals, swaps } = await start();
    await store.publish(publicationOf({ seed: 1 }));
    await registry.poll();
    const before = await meansOf(registry);
    await store.publish(good);
    await damage(join(folder, "news", "2"));
    await registry.poll();
    await registry.poll();
    expect(stateOf(registry, 2)).toMatchObject({ state: "UNAVAILABLE", code });
    expect(refusals).toEqual([code]);
    expect(swaps).toEqual([1]);
    expect(await meansOf(registry)).toEqual(before);
    await store.publish(publicationOf({ seed: 4 }));
    await registry.poll();
    expect(registry.status("news").serving).toBe(3);
  });
});

/** Other bytes with their right hash: only what the model is can give it away. */
async function replaceModel(at: string, bytes: Uint8Array): Promise<void> {
  const manifest = JSON.parse(await readFile(join(at, "manifest.json"), "utf8"));
  manifest.files["model.onnx"] = createHash("sha256").update(bytes).digest("hex");
  await writeFile(join(at, "model.onnx"), bytes);
  await writeFile(join(at, "manifest.json"), JSON.stringify(manifest));
}

describe("versions that variants name", () => {
  const versionOf = async (registry: ModelRegistry, version?: number) => {
    const scorer = registry.current("news", version);
    await scorer.release();
    return scorer.version;
  };
  const published = async (n: number, options: Partial<ModelRegistryOptions> = {}) => {
    const setting = await start(options);
    for (let number = 1; number <= n; number++) await setting.store.publish(publicationOf({ seed: number }));
    await setting.registry.poll();
    return setting;
  };

  test("serve beside the newest and stay loaded while newer ones come", async () => {
    const { registry, store } = await published(2, { versionsLoadedMax: 1 });
    await registry.keep("news", [1, 0]);
    expect([await versionOf(registry), await versionOf(registry, 1), await versionOf(registry, 0)]).toEqual([2, 1, 0]);
    for (let number = 3; number <= 5; number++) await store.publish(publicationOf({ seed: number }));
    await registry.poll();
    expect([await versionOf(registry), await versionOf(registry, 1)]).toEqual([5, 1]);
    await registry.keep("news", []);
    await expect.poll(() => stateOf(registry, 1)?.state, { interval: 2 }).toBe("UNLOADED");
  });

  test("that cannot be loaded are refused, and what was kept stays", async () => {
    const { registry } = await published(2, { versionsLoadedMax: 1 });
    await registry.keep("news", [1]);
    await expect(registry.keep("news", [2, 9])).rejects.toMatchObject({ code: "CB_MODEL_VERSION_UNKNOWN" });
    expect(await versionOf(registry, 1)).toBe(1);
  });

  test("are loaded beside the work when a request meets them first, and the newest serves meanwhile", async () => {
    const { registry } = await published(2, { versionsLoadedMax: 1 });
    expect(await versionOf(registry, 1)).toBe(2);
    await expect.poll(() => versionOf(registry, 1), { interval: 2 }).toBe(1);
    expect(await versionOf(registry, 9)).toBe(2);
    expect(await versionOf(registry, 9)).toBe(2);
  });
});
