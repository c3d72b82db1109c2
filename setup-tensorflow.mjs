/**
 * Assembles native TensorFlow for Node in .tensorflow/, where training looks for it (EMBED_BACKEND): `npm run
 * setup:tensorflow`. tfjs-node's own install script fetches libraries from a place that many machines cannot reach; the
 * same libraries are in a Python wheel. Linux x64 only; needs npm, python3 with pip, and g++. Some 15 to 60 s and 1 GB
 * while it works. Without it everything runs on WebAssembly.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const home = join(dirname(fileURLToPath(import.meta.url)), ".tensorflow");
const packages = { "@tensorflow/tfjs-node": "4.22.0", "node-api-headers": "1.9.0" };
/** libtensorflow_cc.so.2, libtensorflow_framework.so.2 and the C headers; no other wheel from 2.9 to 2.12 has them. */
const wheel = {
  requirement: "tensorflow-cpu==2.12.0",
  sha256: "e8c7047552a2d759f3e65ac13e36dd24bb5fec2e6576e848287811ec44b3d62f",
  libraries: ["tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2"],
  headers: ["c/", "tsl/c/", "tsl/platform/", "core/platform/"].map(
    (folder) => `tensorflow/include/tensorflow/${folder}`,
  ),
};
const stamp = JSON.stringify({ packages, wheel, build: 1 });

function stop(sentence) {
  process.stderr.write(`setup:tensorflow: ${sentence}\n`);
  process.exit(1);
}

function step(name, work) {
  const from = performance.now();
  work();
  process.stderr.write(`setup:tensorflow: ${name} (${((performance.now() - from) / 1000).toFixed(1)} s)\n`);
}

/** Runs a program without showing what it prints, unless it fails. */
function run(program, args, options = {}) {
  const done = spawnSync(program, args, { cwd: home, encoding: "utf8", ...options });
  if (done.status === 0) return;
  const said = `${done.stdout ?? ""}${done.stderr ?? ""}${done.error?.message ?? ""}`.trim();
  stop(`${program} ${args.slice(0, 3).join(" ")} … failed. It said:\n${said.slice(-2000)}`);
}

function installPackages() {
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, dependencies: packages }));
  const cli = process.env.npm_execpath;
  const [program, args] = cli === undefined ? ["npm", []] : [process.execPath, [cli]];
  run(program, [...args, "install", "--ignore-scripts", "--no-fund", "--no-audit"]);
}

function downloadWheel(scratch) {
  const list = join(scratch, "requirements.txt");
  writeFileSync(list, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`);
  const place = ["--platform", "manylinux2014_x86_64", "--python-version", "311", "--implementation", "cp"];
  const only = ["--no-deps", "--only-binary=:all:", "--require-hashes", ...place, "--abi", "cp311"];
  run("python3", ["-m", "pip", "download", ...only, "--dest", scratch, "--requirement", list]);
}

/** The members that are needed, out of 1 GB. */
const UNPACK = `
import sys, zipfile, glob
scratch, *wanted = sys.argv[1:]
archive = zipfile.ZipFile(glob.glob(scratch + "/*.whl")[0])
archive.extractall(scratch, [name for name in archive.namelist() if any(name.startswith(start) for start in wanted)])
`;

function unpackWheel(scratch) {
  run("python3", ["-c", UNPACK, scratch, ...wheel.libraries, ...wheel.headers]);
  const deps = join(home, "node_modules", "@tensorflow", "tfjs-node", "deps");
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(join(deps, "lib"), { recursive: true });
  run("mv", [join(scratch, "tensorflow", "include"), join(deps, "include")]);
  for (const library of wheel.libraries) run("mv", [join(scratch, library), join(deps, "lib")]);
  symlinkSync("libtensorflow_cc.so.2", join(deps, "lib", "libtensorflow.so"));
  symlinkSync("libtensorflow_framework.so.2", join(deps, "lib", "libtensorflow_framework.so"));
}

function buildAddon() {
  const cwd = join(home, "node_modules", "@tensorflow", "tfjs-node");
  mkdirSync(join(cwd, "lib", "napi-v8"), { recursive: true });
  const sources = ["binding/tfjs_backend.cc", "binding/tfjs_binding.cc"];
  const defines = ["-DNAPI_VERSION=8", "-DBUILDING_NODE_EXTENSION", "-DNODE_GYP_MODULE_NAME=tfjs_binding"];
  const includes = ["-I../../node-api-headers/include", "-Ideps/include", "-I."];
  const libraries = ["-Ldeps/lib", "-ltensorflow", "-ltensorflow_framework", "-Wl,-rpath,$ORIGIN/../../deps/lib"];
  const flags = ["-shared", "-fPIC", "-O2", "-std=c++17", ...defines, ...includes];
  run("g++", [...flags, ...sources, "-o", "lib/napi-v8/tfjs_binding.node", ...libraries], { cwd });
}

/** Node 23 and later miss two functions that tfjs-node calls. */
const TRY = `
const util = require("node:util");
util.isNullOrUndefined ??= (x) => x === null || x === undefined;
util.isArray ??= Array.isArray;
const tf = require("@tensorflow/tfjs-node");
const product = tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0];
if (product !== 11 || tf.getBackend() !== "tensorflow") throw new Error("1·3 + 2·4 came out as " + product);
`;

if (process.platform !== "linux" || process.arch !== "x64")
  stop(
    `native TensorFlow is assembled on Linux x64 only, this is ${process.platform} ${process.arch}; WebAssembly is used.`,
  );
const ready = join(home, "ready");
if (existsSync(ready) && readFileSync(ready, "utf8") === stamp) process.exit(0);
const scratch = join(home, "scratch");
rmSync(home, { recursive: true, force: true });
mkdirSync(scratch, { recursive: true });
step("packages installed", installPackages);
step("libraries downloaded", () => downloadWheel(scratch));
step("libraries unpacked", () => unpackWheel(scratch));
step("addon built", buildAddon);
step("it computes", () => run(process.execPath, ["-e", TRY]));
rmSync(scratch, { recursive: true, force: true });
writeFileSync(ready, stamp);
