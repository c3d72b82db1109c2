import { mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { modelStore } from "../../../src/adapters/fs/modelStore.ts";
import { publicationOf, temporaryFolder } from "./fixtures.ts";

const coded = (code: string) => expect.objectContaining({ code });

describe("the folder of models", () => {
  test("numbers versions from 1 and gives back what was published", async () => {
    const store = modelStore({ folder: await temporaryFolder() });
    const first = publicationOf({ seed: 1 });
    expect(await store.publish(first)).toBe(1);
    expect(await store.publish(publicationOf({ seed: 2 }))).toBe(2);
    expect(await store.versions("news")).toEqual([1, 2]);
    expect(await store.versions("news", 1)).toEqual([2]);
    expect(await store.policies()).toEqual(["news"]);
    const bundle = await store.read("news", 1);
    expect(bundle.manifest).toMatchObject({ ...first.draft, version: 1, parent: 0, opset: 21 });
    expect(new Uint8Array(bundle.model)).toEqual(first.model);
    expect(bundle.golden).toEqual(first.golden);
    expect(new Uint8Array((await store.state("news", 1)) ?? [])).toEqual(first.state);
    expect((await store.manifest("news", 2)).parent).toBe(1);
  });

  test("publishes the same model at the same log position once, at another position again", async () => {
    const store = modelStore({ folder: await temporaryFolder() });
    expect(await store.publish(publicationOf({ seed: 1, logPosition: 10 }))).toBe(1);
    expect(await store.publish(publicationOf({ seed: 2, logPosition: 20 }))).toBe(2);
    expect(await store.publish(publicationOf({ seed: 1, logPosition: 10 }))).toBe(1);
    expect(await store.publish(publicationOf({ seed: 1, logPosition: 30 }))).toBe(3);
  });

  test("gives concurrent publishers different versions without gaps", async () => {
    const store = modelStore({ folder: await temporaryFolder() });
    const seeds = Array.from({ length: 12 }, (_, i) => i + 1);
    const versions = await Promise.all(seeds.map((seed) => store.publish(publicationOf({ seed }))));
    expect([...versions].sort((a, b) => a - b)).toEqual(seeds);
    for (const version of versions) expect((await store.read("news", version)).manifest.version).toBe(version);
  });

  test("leaves no version and no temporary folder when the model is refused", async () => {
    const folder = await temporaryFolder();
    const store = modelStore({ folder });
    const publication = publicationOf();
    await expect(store.publish({ ...publication, model: publication.model.slice(0, 100) })).rejects.toEqual(
      coded("CB_MODEL_MALFORMED"),
    );
    await expect(store.publish({ ...publication, draft: { ...publication.draft, columns: ["one"] } })).rejects.toEqual(
      coded("CB_MODEL_SIGNATURE_INVALID"),
    );
    expect(await readdir(folder)).toEqual([]);
  });

  test("tells in a code that the disk did not take it", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "news"), "in the way");
    await expect(modelStore({ folder }).publish(publicationOf())).rejects.toEqual(coded("CB_MODEL_PUBLISH_FAILED"));
  });

  test("keeps the newest and the excepted versions when it prunes", async () => {
    const store = modelStore({ folder: await temporaryFolder() });
    for (let seed = 1; seed <= 6; seed++) await store.publish(publicationOf({ seed }));
    expect(await store.prune("news", 2, { except: [1, 3] })).toEqual([2, 4]);
    expect(await store.versions("news")).toEqual([1, 3, 5, 6]);
    expect(await store.prune("news", 0, { except: [] })).toEqual([1, 3, 5]);
    expect(await store.publish(publicationOf({ seed: 9 }))).toBe(7);
  });

  test("does not let a policy's name lead out of the folder", async () => {
    const store = modelStore({ folder: await temporaryFolder() });
    await expect(store.read("../news", 1)).rejects.toEqual(coded("CB_POLICY_NAME_INVALID"));
  });
});

describe("after a crash", () => {
  test("half-written folders are no versions, and go when they are old", async () => {
    const folder = await temporaryFolder();
    const store = modelStore({ folder });
    await store.publish(publicationOf({ seed: 1 }));
    for (const name of [".tmp-killed", "2"]) {
      await mkdir(join(folder, "news", name));
      await writeFile(join(folder, "news", name, "model.onnx"), "half");
    }
    expect(await store.versions("news")).toEqual([1]);
    expect(await store.publish(publicationOf({ seed: 3 }))).toBe(3);
    expect(await store.clean("news", 0)).toEqual([]);
    for (const name of [".tmp-killed", "2"]) await utimes(join(folder, "news", name), 1, 1);
    expect([...(await store.clean("news", 2_000))].sort()).toEqual([".tmp-killed", "2"]);
    expect(await store.versions("news")).toEqual([1, 3]);
    expect((await readdir(join(folder, "news"))).toSorted()).toEqual(["1", "3", "config.pbtxt"]);
  });

  test("a publisher that was killed after the rename is not repeated by the job that runs again", async () => {
    const store = modelStore({ folder: await temporaryFolder() });
    await store.publish(publicationOf({ seed: 1 }));
    expect(await store.publish({ ...publicationOf({ seed: 1 }), state: Uint8Array.of(9) })).toBe(1);
  });
});

describe("what is read is what was published", () => {
  test.each([
    ["a changed model", "CB_MODEL_HASH_MISMATCH", (at: string) => writeFile(join(at, "model.onnx"), "other")],
    ["a changed golden file", "CB_MODEL_HASH_MISMATCH", (at: string) => writeFile(join(at, "golden.json"), "{}")],
    ["a missing model", "CB_MODEL_FILE_INVALID", (at: string) => rm(join(at, "model.onnx"))],
    [
      "a manifest that is not JSON",
      "CB_MODEL_MANIFEST_INVALID",
      (at: string) => writeFile(join(at, "manifest.json"), "{"),
    ],
    [
      "columns that are not those of the hash",
      "CB_MODEL_MANIFEST_INVALID",
      (at: string) => edit(join(at, "manifest.json"), "column0", "column9"),
    ],
    [
      "another version's manifest",
      "CB_MODEL_MANIFEST_INVALID",
      (at: string) => edit(join(at, "manifest.json"), '"version": 1', '"version": 2'),
    ],
    [
      "a folder where the model should be",
      "CB_MODEL_FILE_INVALID",
      async (at: string) => {
        await rm(join(at, "model.onnx"));
        await mkdir(join(at, "model.onnx"));
      },
    ],
    [
      "a link to the very model",
      "CB_MODEL_FILE_INVALID",
      async (at: string) => {
        await rename(join(at, "model.onnx"), join(at, "elsewhere"));
        await symlink(join(at, "elsewhere"), join(at, "model.onnx"));
      },
    ],
    [
      "a link to the very folder",
      "CB_MODEL_FILE_INVALID",
      async (at: string) => {
        await rename(at, `${at}0`);
        await symlink(`${at}0`, at);
      },
    ],
  ])("%s is refused", async (_, code, damage) => {
    const folder = await temporaryFolder();
    const store = modelStore({ folder });
    await store.publish(publicationOf());
    await damage(join(folder, "news", "1"));
    await expect(store.read("news", 1)).rejects.toEqual(coded(code));
  });

  test("a model over the limit is refused", async () => {
    const folder = await temporaryFolder();
    await modelStore({ folder }).publish(publicationOf());
    await expect(modelStore({ folder, modelBytesMax: 100 }).read("news", 1)).rejects.toEqual(
      coded("CB_MODEL_FILE_INVALID"),
    );
  });
});

async function edit(path: string, from: string, to: string): Promise<void> {
  await writeFile(path, (await readFile(path, "utf8")).replace(from, to));
}
