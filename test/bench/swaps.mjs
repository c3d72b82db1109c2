/**
 * Swaps under load: one server process, closed-loop callers, and a change of the stable version at the start of every
 * other window. Each version's scores are its own number, so an answer that mixes two versions is seen. Versions are
 * more than stay loaded: every swap reads, checks, loads and warms a model.
 *
 *   npm run bench:swaps -- --swaps 200 --window-ms 250 --connections 4
 *
 * Prints what failed, p50 and p99 inside and outside of the windows with a swap, and memory first to last.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Pool } from "undici";
import { writeTar } from "../../dist/src/core/model/tar.js";
import { freePort, numbered } from "./numbered.mjs";

const { values } = parseArgs({
  options: {
    swaps: { type: "string", default: "200" },
    "window-ms": { type: "string", default: "250" },
    connections: { type: "string", default: "4" },
    rollbacks: { type: "string", default: "20" },
    items: { type: "string", default: "100" },
  },
});
const swaps = Number(values.swaps);
const windowMs = Number(values["window-ms"]);
const VERSIONS = 6;

const residentOf = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

const dataDir = mkdtempSync(join(tmpdir(), "brigand-swaps-"));
const port = await freePort();
const children = [];
const main = join(import.meta.dirname, "..", "..", "dist", "src", "cli", "main.js");

/** A server process on the same data folder. */
function serve(at) {
  const settings = { DATA_DIR: dataDir, HOST: "127.0.0.1", PORT: String(at), LOG_LEVEL: "error", DEMO: "off" };
  const options = { env: { ...process.env, ...settings }, stdio: ["ignore", "ignore", "inherit"] };
  const started = spawn(process.execPath, [main, "serve"], options);
  children.push(started);
  return started;
}

const child = serve(port);
const pool = new Pool(`http://127.0.0.1:${port}`, { connections: Number(values.connections) + 1 });

async function call(path, body, type = "application/json") {
  const answer = await pool.request({ path, method: "POST", headers: { "content-type": type }, body });
  return { status: answer.statusCode, body: await answer.body.json() };
}

async function untilReady(at = pool) {
  for (let tries = 0; tries < 300; tries++) {
    const answer = await at.request({ path: "/health/ready", method: "GET" }).catch(() => undefined);
    await answer?.body.dump();
    if (answer?.statusCode === 200) return;
    await sleep(100);
  }
  throw new Error("the server did not become ready");
}

/** Milliseconds from asking one process to roll back until the other serves the version before, asked without a pause. */
async function timeRollbacks(n) {
  const otherPort = await freePort();
  serve(otherPort);
  const other = new Pool(`http://127.0.0.1:${otherPort}`, { connections: 2 });
  await untilReady(other);
  const servedThere = async () => {
    const body = JSON.stringify({ policy: "home", items: items.slice(0, 10) });
    const headers = { "content-type": "application/json" };
    const answer = await other.request({ path: "/v1/rank", method: "POST", headers, body });
    return (await answer.body.json()).modelVersion;
  };
  const until = async (version) => {
    while ((await servedThere()) !== version) await sleep(1);
  };
  const took = [];
  for (let i = 0; i < n; i++) {
    await call("/v1/models/home/labels", JSON.stringify({ stable: 1 }));
    await until(1);
    await call("/v1/models/home/labels", JSON.stringify({ stable: 2 }));
    await until(2);
    const from = performance.now();
    const asked = call("/v1/models/home/rollback", "{}");
    await until(1);
    took.push(performance.now() - from);
    await asked;
  }
  await other.destroy();
  const sorted = Float64Array.from(took).sort();
  return { n, p50: quantile(sorted, 0.5), max: sorted.at(-1) };
}

const state = { running: true, swapping: false, user: 0, failed: 0, mixed: 0, first: "" };
const latencies = { inside: [], outside: [] };
const seen = new Set();
const items = Array.from({ length: Number(values.items) }, (_, i) => ({ id: `i${i}` }));

async function caller() {
  while (state.running) {
    const body = JSON.stringify({ policy: "home", user: { id: `u${state.user++}` }, items, timeoutMs: 1000 });
    const place = state.swapping ? latencies.inside : latencies.outside;
    const from = performance.now();
    const answer = await call("/v1/rank", body).catch((error) => ({ status: 0, body: { code: error.message } }));
    place.push(performance.now() - from);
    if (answer.status !== 200 || answer.body.served !== "model") {
      state.failed++;
      state.first ||= JSON.stringify(answer.body).slice(0, 200);
    } else {
      seen.add(answer.body.modelVersion);
      if (!answer.body.items.every(({ score }) => score === answer.body.modelVersion)) state.mixed++;
    }
  }
}

try {
  await untilReady();
  await call("/v1/rank", JSON.stringify({ policy: "home", items }));
  for (let version = 1; version <= VERSIONS; version++) {
    const pushed = await call(
      "/v1/models/home/versions",
      Buffer.from(writeTar(new Map([["model.onnx", numbered(version)]]))),
      "application/x-tar",
    );
    if (pushed.status !== 201) throw new Error(JSON.stringify(pushed.body));
  }
  const callers = Array.from({ length: Number(values.connections) }, caller);
  await sleep(3_000);
  for (const list of [latencies.inside, latencies.outside]) list.length = 0;
  const memory = [];
  const took = [];
  for (let swap = 0; swap < swaps; swap++) {
    state.swapping = true;
    const from = performance.now();
    const answer = await call("/v1/models/home/labels", JSON.stringify({ stable: (swap % VERSIONS) + 1 }));
    took.push(performance.now() - from);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    await sleep(Math.max(0, windowMs - (performance.now() - from)));
    state.swapping = false;
    await sleep(windowMs);
    memory.push(residentOf(child.pid));
  }
  state.running = false;
  await Promise.all(callers);
  const tenth = Math.max(1, Math.floor(swaps / 10));
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [first, last] = [mean(memory.slice(tenth, 2 * tenth)), mean(memory.slice(-tenth))];
  const told = Object.fromEntries(
    Object.entries(latencies).map(([name, list]) => {
      const sorted = Float64Array.from(list).sort();
      return [
        name,
        { requests: sorted.length, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: sorted.at(-1) },
      ];
    }),
  );
  const sorted = Float64Array.from(took).sort();
  const rollbackMs = await timeRollbacks(Number(values.rollbacks));
  const report = {
    rollbackMs,
    ...{ swaps, windowMs, connections: Number(values.connections), items: items.length, level: "process" },
    ...{ failed: state.failed, firstFailure: state.first || undefined, mixed: state.mixed, versionsSeen: seen.size },
    ...{ swapMs: { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }, latencyMs: told },
    p99Ratio: told.inside.p99 / told.outside.p99,
    memoryMB: { first, last, ratio: last / first },
  };
  process.stdout.write(
    `${JSON.stringify(report, (_, value) => (typeof value === "number" ? Number(value.toFixed(3)) : value), 2)}\n`,
  );
  process.exitCode = state.failed + state.mixed > 0 ? 1 : 0;
} finally {
  state.running = false;
  for (const one of children) {
    one.kill("SIGTERM");
    await new Promise((resolve) => one.once("exit", resolve));
  }
  await pool.destroy();
  rmSync(dataDir, { recursive: true, force: true });
}
