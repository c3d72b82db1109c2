/**
 * Makes this machine ready for `npm start` and `npm test`: npm runs it before both (package.json, prestart and
 * pretest). Plain JavaScript without dependencies, because nothing is installed yet when it first runs.
 * Every step checks first and works only when something is missing; a run with nothing to do is silent.
 *
 *   node prepare.mjs start    Node, packages, build, Redis unless REDIS_URL names one
 *   node prepare.mjs test     the same, a redis-server binary in any case (the tests start their own), and Chromium; with
 *                             CI=true native TensorFlow too, where it can be had
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const sourceFolders = ["src", "training", "workers"];
const NODE_LEAST = [20, 19];

/** Ends the process with the one sentence that says what is missing and how to get it. */
function stop(sentence) {
  process.stderr.write(`prepare: ${sentence}\n`);
  process.exit(1);
}

/** Runs one step and reports it on one line; `work` returns what to say in brackets, if anything. */
function step(name, work) {
  const from = performance.now();
  const note = work();
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  process.stderr.write(`prepare: ${name} (${note === undefined ? "" : `${note}, `}${seconds} s)\n`);
}

/** Runs a program without showing what it prints, unless it fails. */
function run(program, args, env = {}) {
  const done = spawnSync(program, args, { cwd: root, env: { ...process.env, ...env }, encoding: "utf8" });
  return {
    ok: done.status === 0,
    output: `${done.stdout ?? ""}${done.stderr ?? ""}${done.error?.message ?? ""}`.trim(),
  };
}

function onPath(program) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      // not in this folder
    }
  }
  return false;
}

const textOf = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > NODE_LEAST[0] || (major === NODE_LEAST[0] && minor >= NODE_LEAST[1])) return;
  const least = NODE_LEAST.join(".");
  stop(`Node ${process.versions.node} is too old: install Node ${least} or later (nodejs.org, or nvm install 22).`);
}

/** `npm ci` when node_modules was not made from this very package-lock.json. */
function installPackages() {
  const stamp = join(root, "node_modules", ".brigand-lock");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (textOf(stamp).trim() === wanted) return;
  step("packages installed", () => {
    const cli = process.env.npm_execpath;
    const [program, args] = cli === undefined ? ["npm", []] : [process.execPath, [cli]];
    // onnxruntime-node's install script fetches CUDA parts, which Brigand does not use.
    const done = run(program, [...args, "ci", "--no-fund", "--no-audit"], { ONNXRUNTIME_NODE_INSTALL: "skip" });
    if (!done.ok) {
      stop(`npm ci failed: check that npm reaches its package registry, then try again. It said:\n${done.output}`);
    }
    writeFileSync(stamp, `${wanted}\n`);
  });
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** Compiles to dist/ when the contents of the sources, or the compiler, changed since the last build. */
function build() {
  const sources = sourceFolders.flatMap((folder) => filesBelow(join(root, folder)));
  const hash = createHash("sha256");
  for (const file of [
    ...sources,
    ...["tsconfig.json", "tsconfig.build.json", "package-lock.json"].map((f) => join(root, f)),
  ]) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  const stamp = join(root, "dist", ".stamp");
  const wanted = hash.digest("hex");
  if (textOf(stamp).trim() === wanted) return;
  step("built", () => {
    rmSync(stamp, { force: true });
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const done = run(process.execPath, [compiler, "-p", "tsconfig.build.json"]);
    if (!done.ok) stop(`the sources do not compile: mend them, then try again. The compiler said:\n${done.output}`);
    copyAssets(sources);
    sweepStale();
    writeFileSync(stamp, `${wanted}\n`);
    return `${sources.length} files`;
  });
}

/** Whatever is not TypeScript goes beside the compiled code under the same path. */
function copyAssets(sources) {
  for (const file of sources.filter((path) => !/\.(ts|md)$/.test(path))) {
    const target = join(root, "dist", relative(root, file));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(file, target);
  }
}

/** Compiled files whose source is gone would still be importable. */
function sweepStale() {
  for (const file of sourceFolders.flatMap((folder) => filesBelow(join(root, "dist", folder)))) {
    const source = join(root, relative(join(root, "dist"), file)).replace(/(\.d\.ts|\.js(\.map)?)$/, ".ts");
    if (!existsSync(source) && !existsSync(source.replace(/\.ts$/, ".js"))) rmSync(file);
  }
}

const redisHints = {
  darwin: "brew install redis",
  win32: "run Brigand inside WSL and there: sudo apt-get install redis-server",
  linux:
    "sudo apt-get install redis-server (Fedora: dnf install valkey, Alpine: apk add redis, Arch: pacman -S valkey)",
};

/** A redis-server or valkey-server on PATH; on Debian and Ubuntu as root it is installed. */
function findRedis(mode) {
  if (mode === "start" && process.env.REDIS_URL) return;
  if (onPath("redis-server") || onPath("valkey-server")) return;
  if (!onPath("apt-get") || process.getuid?.() !== 0) {
    const hint = redisHints[process.platform] ?? "install Redis 7 or Valkey";
    stop(`no redis-server or valkey-server on PATH: ${hint}; npm start also takes REDIS_URL.`);
  }
  step("redis-server installed", installRedis);
  if (!onPath("redis-server")) stop("redis-server was installed but is not on PATH: add its folder, or set REDIS_URL.");
}

/** By apt, and without the system's own service: Brigand starts Redis itself, on a private socket. */
function installRedis() {
  const { ok, output } = installByApt("redis-server");
  if (!ok) stop(`apt-get could not install redis-server: install it by hand, or set REDIS_URL. It said:\n${output}`);
  if (onPath("systemctl")) run("systemctl", ["disable", "redis-server"]);
}

/** One package; no service of it is started. */
function installByApt(name) {
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  const env = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const wait = ["-o", "DPkg::Lock::Timeout=120"];
  run("apt-get", [...wait, "update"], env);
  const done = run("apt-get", [...wait, "install", "-y", "--no-install-recommends", name], env);
  if (ours) rmSync(policy, { force: true });
  return done;
}

const browsers = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** A browser for the tests of the page; without one they are left out, and this sentence says so. */
function findBrowser() {
  if (browsers.some(onPath)) return;
  if (onPath("apt-get") && process.getuid?.() === 0) step("chromium installed", () => void installByApt("chromium"));
  if (browsers.some(onPath)) return;
  process.stderr.write(
    "prepare: no Chromium on PATH, so the tests of the page are left out: install chromium or Google Chrome.\n",
  );
}

/** For the tests of both backends of TensorFlow.js; what fails is said and leaves them to WebAssembly. */
function assembleTensorflow(mode) {
  if (mode !== "test" || process.env.CI !== "true" || !existsSync(join(root, "setup-tensorflow.mjs"))) return;
  const from = performance.now();
  const done = run(process.execPath, [join(root, "setup-tensorflow.mjs")]);
  if (done.ok && done.output === "") return;
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  const outcome = done.ok
    ? `assembled (${seconds} s)`
    : `cannot be had here, its tests run on WebAssembly alone: ${done.output}`;
  process.stderr.write(`prepare: native TensorFlow ${outcome}\n`);
}

/** `npm start` and `npm test` at the same time: the second waits until the first has prepared. */
function locked(work) {
  const folder = join(root, ".prepare");
  const own = join(folder, `${process.pid}`);
  const lock = join(folder, "lock");
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(own, `${process.pid}`);
  } catch (error) {
    stop(`${root} must be writable: ${error.message}.`);
  }
  process.on("exit", () => rmSync(own, { force: true }));
  while (!taken(own, lock)) {
    if (!isAlive(Number(textOf(lock)))) rmSync(lock, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
  process.on("exit", () => rmSync(lock, { force: true }));
  work();
}

/** A link appears with its content at once, so that nobody reads a lock without its owner. */
function taken(own, lock) {
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    stop(`the lock ${lock} could not be made: ${error.message}.`);
  }
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

const mode = process.argv[2] ?? "start";
if (mode !== "start" && mode !== "test")
  stop(`"${mode}" is not known: use node prepare.mjs start or node prepare.mjs test.`);
checkNode();
locked(() => {
  installPackages();
  build();
  findRedis(mode);
  assembleTensorflow(mode);
  if (mode === "test") findBrowser();
});
