import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { projectRoot } from "../../support/shared.ts";
import { temporaryFolder } from "../../support/tmp.ts";

/** Stands in for npm: what `npm ci` leaves is a compiler that copies each source to dist/ and notes that it ran. */
const npm = `#!/bin/sh
echo "npm $*" >> calls
mkdir -p node_modules/typescript/bin
echo 'const fs = require("fs"); fs.appendFileSync("calls", "tsc" + require("os").EOL);
fs.mkdirSync("dist/src", { recursive: true }); fs.writeFileSync("dist/src/a.js", "");
if (fs.readFileSync("src/a.ts", "utf8").includes("wrong")) { console.log("a.ts: wrong"); process.exit(2); }' > node_modules/typescript/bin/tsc
`;

let root = "";
let path = "";

/** A project in a folder of its own, and a PATH that holds nothing but node, sh and the stand-ins. */
beforeEach(() => {
  root = temporaryFolder();
  for (const folder of ["src", "bin"]) mkdirSync(join(root, folder));
  copyFileSync(join(projectRoot, "prepare.mjs"), join(root, "prepare.mjs"));
  writeFileSync(join(root, "src", "a.ts"), "export {};");
  writeFileSync(join(root, "src", "page.html"), "<p>");
  for (const file of ["package-lock.json", "tsconfig.json", "tsconfig.build.json"])
    writeFileSync(join(root, file), "{}");
  program("npm", npm);
  program("redis-server", "#!/bin/sh\n");
  for (const tool of ["mkdir", "sh"]) symlinkSync(join("/bin", tool), join(root, "bin", tool));
  path = [join(root, "bin"), join(process.execPath, "..", "nowhere")].join(delimiter);
});

function program(name: string, text: string): void {
  writeFileSync(join(root, "bin", name), text, { mode: 0o755 });
}

function prepare(mode: string, env: { readonly [name: string]: string } = {}) {
  const done = spawnSync(process.execPath, ["prepare.mjs", mode], {
    cwd: root,
    env: { PATH: path, ...env },
    encoding: "utf8",
  });
  return { code: done.status, said: done.stderr };
}

const calls = () =>
  existsSync(join(root, "calls")) ? readFileSync(join(root, "calls"), "utf8").trim().split("\n") : [];

describe("prepare.mjs", () => {
  it("installs and builds at first, and has nothing to do the second time", () => {
    expect(prepare("start").said).toMatch(
      /^prepare: packages installed \([\d.]+ s\)\nprepare: built \(2 files, [\d.]+ s\)\n$/,
    );
    expect(existsSync(join(root, "dist", "src", "page.html"))).toBe(true);
    const from = performance.now();
    expect(prepare("start")).toEqual({ code: 0, said: "" });
    expect(performance.now() - from).toBeLessThan(1000);
    expect(calls()).toEqual(["npm ci --no-fund --no-audit", "tsc"]);
    expect(existsSync(join(root, ".prepare", "lock"))).toBe(false);
  });

  it("builds again when a source changed, and installs again when the lock did", () => {
    prepare("test");
    writeFileSync(join(root, "src", "a.ts"), "export const a = 1;");
    prepare("test");
    expect(calls().slice(2)).toEqual(["tsc"]);
    writeFileSync(join(root, "package-lock.json"), '{"changed":true}');
    prepare("test");
    expect(calls().slice(3)).toEqual(["npm ci --no-fund --no-audit", "tsc"]);
  });

  it("removes what was compiled from a source that is gone", () => {
    prepare("start");
    writeFileSync(join(root, "dist", "src", "old.js"), "");
    writeFileSync(join(root, "src", "b.ts"), "export {};");
    prepare("start");
    expect(existsSync(join(root, "dist", "src", "old.js"))).toBe(false);
    expect(existsSync(join(root, "dist", "src", "a.js"))).toBe(true);
  });

  it("shows what the compiler said, and builds again next time", () => {
    writeFileSync(join(root, "src", "a.ts"), "wrong");
    const { code, said } = prepare("start");
    expect(code).toBe(1);
    expect(said).toContain("the sources do not compile");
    expect(said).toContain("a.ts: wrong");
    writeFileSync(join(root, "src", "a.ts"), "export {};");
    expect(prepare("start").code).toBe(0);
  });

  it("says in one sentence how to get Redis where it cannot install it", () => {
    rmSync(join(root, "bin", "redis-server"));
    const { code, said } = prepare("start");
    expect(code).toBe(1);
    expect(said).toContain("prepare: no redis-server or valkey-server on PATH: ");
    expect(prepare("start", { REDIS_URL: "redis://127.0.0.1:6379" }).code).toBe(0);
    expect(prepare("test", { REDIS_URL: "redis://127.0.0.1:6379" }).code).toBe(1);
  });

  it("says what npm said when it fails", () => {
    program("npm", "#!/bin/sh\necho no network >&2\nexit 1\n");
    const { code, said } = prepare("start");
    expect(code).toBe(1);
    expect(said).toMatch(
      /npm ci failed: check that npm reaches its package registry, then try again\. It said:\nno network/,
    );
  });
});
