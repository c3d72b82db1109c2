import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "vite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadKeys } from "../../../src/adapters/crypto/keys.ts";

let dataDir = "";
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "brigand-keys-"));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const modeOf = (path: string): number => statSync(join(dataDir, path)).mode & 0o777;

describe("the keys of an installation", () => {
  it("are made on first use, private to the owner, and read afterwards", () => {
    const first = loadKeys(dataDir);
    const second = loadKeys(dataDir);
    expect(second.subjectKey.equals(first.subjectKey)).toBe(true);
    expect(second.serverKey.equals(first.serverKey)).toBe(true);
    expect(first.serverKey.equals(first.subjectKey)).toBe(false);
    expect([modeOf("secret"), modeOf("secret/subject.key"), modeOf("secret/server.key")]).toEqual([
      0o700, 0o600, 0o600,
    ]);
    expect(readdirSync(join(dataDir, "secret")).sort()).toEqual(["server.key", "subject.key"]);
    expect(readFileSync(join(dataDir, "secret/subject.key"), "utf8")).toBe(
      `${first.subjectKey.export().toString("hex")}\n`,
    );
  });

  it("may be given, and then no file is touched", () => {
    const keys = loadKeys(dataDir, { subjectKey: "ab".repeat(32), serverKey: "cd".repeat(32) });
    expect(keys.subjectKey.export().toString("hex")).toBe("ab".repeat(32));
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it("are refused when they are not 64 hex digits, without being told", () => {
    const refused = expect.objectContaining({
      code: "CB_SECRET_INVALID",
      message: expect.not.stringContaining("hunter2"),
    });
    expect(() => loadKeys(dataDir, { subjectKey: "hunter2" })).toThrow(refused);
    loadKeys(dataDir);
    chmodSync(join(dataDir, "secret/server.key"), 0o600);
    writeFileSync(join(dataDir, "secret/server.key"), "");
    expect(() => loadKeys(dataDir)).toThrow(refused);
  });

  it("are the same for six processes that start at the same time", async () => {
    const script = await scriptOf("src/adapters/crypto/keys.ts");
    const run = promisify(execFile);
    const runs = await Promise.all(Array.from({ length: 6 }, () => run(process.execPath, [script, dataDir])));
    expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1);
    expect(runs[0].stdout).toMatch(/^[0-9a-f]{128}$/);
  });
});

/** A script for plain node that loads the keys of the folder it is given, at the next multiple of 300 ms, and prints them. */
async function scriptOf(module: string): Promise<string> {
  const entry = join(dataDir, "entry.mjs");
  const path = JSON.stringify(join(process.cwd(), module));
  writeFileSync(
    entry,
    `import { loadKeys } from ${path};
     Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300 - (new Date().getTime() % 300));
     const keys = loadKeys(process.argv[2]);
     process.stdout.write(keys.subjectKey.export().toString("hex") + keys.serverKey.export().toString("hex"));`,
  );
  const outDir = join(dataDir, "script");
  await build({
    configFile: false,
    logLevel: "silent",
    build: { ssr: entry, outDir, rolldownOptions: { output: { entryFileNames: "main.mjs" } } },
  });
  return join(outDir, "main.mjs");
}
