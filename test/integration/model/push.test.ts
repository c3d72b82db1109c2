/** Pushed models against the built server: what serves after one push, and what is refused while the old one goes on. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { newSigningKeys } from "../../../src/adapters/crypto/modelSigning.ts";
import { bundleOf, committedBundle, linearScore } from "../../support/foreignModels.ts";
import { runBrigand, startBrigand } from "../../support/processes.ts";
import { temporaryFolder } from "../../support/tmp.ts";
import { type BadBundle, badBundles, badSignatures, goodSigned } from "./badBundles.ts";

const MODELS = join(import.meta.dirname, "..", "..", "fixtures", "models");
const FOREIGN = ["scikitLearnRidge", "scikitLearnBoosting", "torchLike", "torchMlp", "torchGaussian"];
const items = ["a", "b", "c", "d"].map((id) => ({ id }));
const BOUNDS = { MODEL_PUSH_BYTES_MAX: "2500000", MODEL_CALL_MS_MAX: "50", MODEL_MEMORY_BYTES_MAX: "800000000" };

interface Answer {
  readonly status: number;
  readonly body: { readonly [name: string]: unknown };
}

async function call(url: string, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${url}${path}`, init);
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
}

const json = (value: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

function push(
  url: string,
  { body, type = "application/x-tar", put }: Omit<BadBundle, "sentence" | "code">,
): Promise<Answer> {
  const path = `/v1/models/home/versions${put === undefined ? "" : `/${put}`}`;
  const method = put === undefined ? "POST" : "PUT";
  return call(url, path, { method, headers: { "content-type": type }, body: Buffer.from(body) });
}

const rank = (url: string) => call(url, "/v1/rank", json({ policy: "home", items }));
const served = async (url: string) => (await rank(url)).body.modelVersion;
const everything = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort();
/** Other processes may leave things of their own there. */
const temporary = () => readdirSync(tmpdir()).filter((name) => /escaped|model\.onnx|\.tmp-/.test(name));

test("models of scikit-learn and of PyTorch serve after one push each, and answer raw tensors as they did there", async () => {
  const { url } = await startBrigand("serve");
  await rank(url);
  for (const [index, name] of FOREIGN.entries()) {
    const pushed = await push(url, { body: committedBundle(name) });
    expect(pushed).toMatchObject({ status: 201, body: { version: index + 1, columns: 5, label: "stable" } });
    const answer = await rank(url);
    expect(answer.body).toMatchObject({ modelVersion: index + 1, served: "model" });
    await expectGolden(url, name);
  }
  const again = await push(url, { body: committedBundle(FOREIGN[FOREIGN.length - 1]) });
  expect(again.body).toMatchObject({ version: FOREIGN.length });
});

/** What the framework answered to its rows, by POST /v2/models/home/infer. */
async function expectGolden(url: string, name: string): Promise<void> {
  const text = readFileSync(join(MODELS, `${name}.golden.json`), "utf8");
  const { features, ...golden } = JSON.parse(text) as { readonly features: number[][] };
  const shape = [features.length, features[0].length];
  const inputs = [{ name: "features", shape, datatype: "FP32", data: features.flat() }];
  const { body } = await call(url, "/v2/models/home/infer", json({ inputs }));
  for (const [output, values] of Object.entries<number[]>(golden)) {
    const outputs = body.outputs as { readonly name: string; readonly data: readonly number[] }[];
    const data = outputs.find((one) => one.name === output)?.data ?? [];
    expect(data).toHaveLength(values.length);
    for (const [i, value] of values.entries()) expect(data[i]).toBeCloseTo(value, 4);
  }
}

test("a form of files is a bundle too", async () => {
  const { url } = await startBrigand("serve");
  const form = new FormData();
  form.append("model", new Blob([Buffer.from(linearScore([1, 2, 3, 4, 5]))]), "model.onnx");
  const answer = await call(url, "/v1/models/home/versions", { method: "POST", body: form });
  expect(answer).toMatchObject({ status: 201, body: { version: 1 } });
  expect(await served(url)).toBe(1);
});

test("each bad bundle is refused with its code, the old version serves, and nothing is left behind", async () => {
  const { url, dataDir } = await startBrigand("serve", { env: BOUNDS });
  await push(url, { body: bundleOf(linearScore([1, 0, 0, 0, 0])) });
  expect(await served(url)).toBe(1);
  const before = { models: everything(join(dataDir, "models")), temporary: temporary() };
  const came: string[] = [];
  for (const bad of badBundles) {
    const { body } = await push(url, bad);
    came.push(`${bad.sentence}: ${body.code}`);
    expect(await served(url), bad.sentence).toBe(1);
    expect(everything(join(dataDir, "models")), bad.sentence).toEqual(before.models);
  }
  expect(came).toEqual(badBundles.map(({ sentence, code }) => `${sentence}: ${code}`));
  expect(came.length).toBeGreaterThanOrEqual(30);
  expect(temporary()).toEqual(before.temporary);
}, 240_000);

test("where keys are trusted, a model must be signed by one of them for this policy", async () => {
  const dataDir = temporaryFolder();
  const { privatePem, publicPem } = newSigningKeys();
  mkdirSync(join(dataDir, "secret", "model-keys"), { recursive: true });
  writeFileSync(join(dataDir, "secret", "model-keys", "ours.pem"), publicPem);
  const { url } = await startBrigand("serve", { dataDir });
  for (const bad of badSignatures(privatePem)) {
    expect(await push(url, bad), bad.sentence).toMatchObject({ status: 403, body: { code: bad.code } });
    expect(await served(url)).toBe(0);
  }
  expect(await push(url, { body: goodSigned(privatePem) })).toMatchObject({ status: 201 });
  expect(await served(url)).toBe(1);
});

test("a rollback in one process is served by the other, and survives a restart", async () => {
  const first = await startBrigand("serve");
  const second = await startBrigand("serve", { dataDir: first.dataDir });
  for (const weight of [1, 2]) await push(first.url, { body: bundleOf(linearScore([weight, 0, 0, 0, 0])) });
  await expect.poll(() => served(second.url), { interval: 5 }).toBe(2);
  const back = await call(first.url, "/v1/models/home/rollback", { method: "POST" });
  expect(back).toMatchObject({ status: 200, body: { stable: 1 } });
  await expect.poll(() => served(second.url), { interval: 5 }).toBe(1);
  expect(await served(first.url)).toBe(1);
  await sleep(300);
  expect(await served(first.url)).toBe(1);
  await second.stop();
  const third = await startBrigand("serve", { dataDir: first.dataDir });
  expect(await served(third.url)).toBe(1);
  expect(
    (await call(first.url, "/v1/models/home/labels", json({ canary: { version: 9, share: 0.5 } }))).body.code,
  ).toBe("CB_MODEL_VERSION_UNKNOWN");
});

test("the command line signs, pushes, promotes, rolls back and verifies", async () => {
  const folder = temporaryFolder();
  const first = await startBrigand("serve");
  await rank(first.url);
  const run = async (...args: string[]) => {
    const env = { DATA_DIR: first.dataDir };
    const { code, stdout, stderr } = await runBrigand(["models", ...args], env);
    return { code, told: stdout + stderr };
  };
  await run("keygen", "ours", "--folder", folder);
  mkdirSync(join(first.dataDir, "secret", "model-keys"), { recursive: true });
  copyFileSync(join(folder, "ours.pem"), join(first.dataDir, "secret", "model-keys", "ours.pem"));
  const remote = ["--url", first.url];
  const refused = async (weight: number, ...more: string[]) => {
    writeFileSync(join(folder, "model.onnx"), linearScore([weight, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    return run("push", "home", folder, ...remote, ...more);
  };
  expect(await refused(1)).toMatchObject({ code: 1, told: expect.stringContaining("CB_MODEL_UNSIGNED") });
  const key = ["--key", join(folder, "ours.private.pem")];
  for (const weight of [1, 2]) expect(await refused(weight, ...key)).toMatchObject({ code: 0 });
  expect(await served(first.url)).toBe(2);
  expect((await run("rollback", "home", ...remote)).told).toContain("stable: 1");
  expect(await served(first.url)).toBe(1);
  expect((await run("promote", "home", "2", ...remote)).told).toContain("stable: 2");
  expect((await run("inspect", "home", "2", ...remote)).told).toContain('"key": "ours"');
  expect(await run("verify")).toMatchObject({ code: 0, told: expect.stringContaining("home/2: as it was published") });
  writeFileSync(join(first.dataDir, "models", "home", "1", "model.onnx"), "other bytes");
  expect(await run("verify")).toMatchObject({ code: 1, told: expect.stringContaining("CB_MODEL_HASH_MISMATCH") });
});
