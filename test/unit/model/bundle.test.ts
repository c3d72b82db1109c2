import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readMultipart } from "../../../src/core/model/multipart.ts";
import { readTar, writeTar } from "../../../src/core/model/tar.ts";
import { temporaryFolder } from "../../support/tmp.ts";
import { uniform } from "./fixtures.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = (files: ReadonlyMap<string, Uint8Array>) =>
  Object.fromEntries([...files].map(([name, file]) => [name, new TextDecoder().decode(file)]));

function code(task: () => unknown): unknown {
  try {
    task();
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
  return "nothing was thrown";
}

describe("archives", () => {
  test("what the tar of this machine packs is read, in its formats", () => {
    const folder = temporaryFolder();
    const content = { "model.onnx": "x".repeat(513), "golden.json": "{}" };
    for (const [name, text] of Object.entries(content)) writeFileSync(join(folder, name), text);
    for (const format of ["ustar", "gnu", "pax"]) {
      const packed = execFileSync("tar", ["-C", folder, `--format=${format}`, "-c", "."]);
      expect(texts(readTar(new Uint8Array(packed)))).toEqual(content);
    }
  });

  test("what is written here, that tar unpacks", () => {
    const packed = writeTar(new Map([["model.onnx", bytes("abc")]]));
    expect(execFileSync("tar", ["-x", "-O", "-f", "-", "model.onnx"], { input: packed }).toString()).toBe("abc");
  });

  test("a changed byte gives the same names, or a coded error, never another error", () => {
    const packed = writeTar(new Map([["model.onnx", bytes("abc")]]));
    const next = uniform(3);
    for (let at = 0; at < packed.length; at++) {
      const changed = packed.slice();
      changed[at] = Math.floor(128 + 128 * next());
      expect(String(code(() => readTar(changed)))).toMatch(/^(CB_BUNDLE_|nothing)/);
    }
  });

  test("a form as fetch sends it is read", async () => {
    const form = new FormData();
    form.append("model", new Blob(["a\r\n--b\r\n"]), "model.onnx");
    form.append("golden.json", "{}");
    const request = new Request("http://127.0.0.1", { method: "POST", body: form });
    const body = new Uint8Array(await request.arrayBuffer());
    expect(texts(readMultipart(body, request.headers.get("content-type") ?? ""))).toEqual({
      "model.onnx": "a\r\n--b\r\n",
      "golden.json": "{}",
    });
    expect(
      code(() => readMultipart(body.subarray(0, body.length - 8), request.headers.get("content-type") ?? "")),
    ).toBe("CB_BUNDLE_MALFORMED");
  });
});
