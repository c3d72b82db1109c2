import { expect, test } from "vitest";
import { type Manifest, manifestBytes, parseGolden, parseManifest } from "../../../src/core/model/manifest.ts";
import { seedFiles } from "../../../training/onnx/seedModel.ts";

const manifest: Manifest = parseManifest(seedFiles().get("manifest.json") ?? new Uint8Array());
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test("a manifest is the same after it was written and read", () => {
  expect(parseManifest(manifestBytes(manifest))).toEqual(manifest);
});

test("the order of a manifest's keys does not change its bytes", () => {
  const turned = Object.fromEntries(Object.entries(manifest).reverse()) as unknown as Manifest;
  expect(manifestBytes(turned)).toEqual(manifestBytes(manifest));
});

test.each([
  ["a number that is not a version", { version: 1.5 }],
  ["another format", { format: 2 }],
  ["a file name that leads elsewhere", { files: { ...manifest.files, "../x": "0".repeat(64) } }],
  ["a hash that is none", { files: { "model.onnx": "x" } }],
  ["no model file", { files: {} }],
  ["no golden rows", { files: { "model.onnx": "0".repeat(64) } }],
  ["a policy name with capitals", { policy: "News" }],
  ["a time without zone", { created: "2026-01-01T00:00:00" }],
])("a manifest with %s is refused", (_, change) => {
  expect(() => parseManifest(bytes({ ...manifest, ...change }))).toThrow(
    expect.objectContaining({ code: "CB_MODEL_MANIFEST_INVALID" }),
  );
});

test("what is not JSON or not UTF-8 is refused", () => {
  for (const text of [new TextEncoder().encode("{"), Uint8Array.of(0xff)]) {
    expect(() => parseManifest(text)).toThrow(expect.objectContaining({ code: "CB_MODEL_MANIFEST_INVALID" }));
  }
});

test("golden rows must have as many numbers as they say", () => {
  const golden = { n: 2, columns: 1, dense: [1, 2], counts: [0, 0], mean: [1, 1], variance: [1, 1] };
  expect(parseGolden(bytes(golden))).toEqual(golden);
  for (const change of [{ dense: [1] }, { counts: [1] }, { mean: [] }, { variance: [1, 1, 1] }, { n: 0 }]) {
    expect(() => parseGolden(bytes({ ...golden, ...change }))).toThrow(
      expect.objectContaining({ code: "CB_MODEL_MANIFEST_INVALID" }),
    );
  }
});
