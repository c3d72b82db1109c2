/**
 * Rollbacks under load: `brigand serve --processes n` with a second `brigand serve` on the same DATA_DIR where asked,
 * closed-loop callers on connections to all of them, rewards on disk beside. A rollback counts from asking for it to the
 * arrival of the last answer, from any process, that the version before the rollback gave.
 *
 *   npm run bench:rollbacks -- --rollbacks 50 --processes 2 --connections 4
 *
 * Prints median, p99 and most; which server process answered is read from the ids that it makes.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Client } from "undici";
import { locate } from "../../dist/src/core/decide/decisionId.js";
import { writeTar } from "../../dist/src/core/model/tar.js";
import { freePort, numbered } from "./numbered.mjs";

const { values } = parseArgs({
  options: {
    rollbacks: { type: "string", default: "50" },
    processes: { type: "string", default: "2" },
    connections: { type: "string", default: "4" },
    items: { type: "string", default: "100" },
    others: { type: "string", default: "0" },
    main: { type: "string", default: join(import.meta.dirname, "..", "..", "dist", "src", "cli", "main.js") },
  },
});
const [rollbacks, processes, connections, others] = ["rollbacks", "processes", "connections", "others"].map((name) =>
  Number(values[name]),
);
const items = Array.from({ length: Number(values.items) }, (_, i) => ({ id: `i${i}` }));
const json = { "content-type": "application/json" };

const dataDir = mkdtempSync(join(tmpdir(), "brigand-rollbacks-"));
const children = [];
const clients = [];

/** A connection of its own: all its requests meet one process. */
function clientOf(port) {
  const client = new Client(`http://127.0.0.1:${port}`, { pipelining: 1 });
  clients.push(client);
  return client;
}

async function call(client, path, body, headers = json) {
  const answer = await client.request({ path, method: "POST", headers, body });
  return { status: answer.statusCode, body: await answer.body.json() };
}

async function serve(n) {
  const port = await freePort();
  const settings = { DATA_DIR: dataDir, HOST: "127.0.0.1", PORT: String(port), LOG_LEVEL: "error", DEMO: "off" };
  const env = { ...process.env, ...settings };
  const child = spawn(process.execPath, [values.main, "serve", "--processes", String(n)], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  children.push(child);
  for (let tries = 0; tries < 300; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return port;
    await sleep(100);
  }
  throw new Error("the server did not become ready");
}

const state = { running: true, lastOld: 0, old: 2, failed: 0, user: 0, answers: 0 };
const seen = new Set();

async function caller(client) {
  for (let turn = 0; state.running; turn++) {
    const body = JSON.stringify({ policy: "home", user: { id: `u${state.user++}` }, items, timeoutMs: 1000 });
    const answer = await call(client, "/v1/rank", body).catch(() => undefined);
    const at = performance.now();
    if (answer?.status !== 200) {
      state.failed++;
      continue;
    }
    const { decisionId, modelVersion } = answer.body;
    seen.add(locate(decisionId).stream);
    state.answers++;
    if (modelVersion === state.old) state.lastOld = at;
    if (turn % 4 === 0) await call(client, "/v1/rewards", JSON.stringify([{ decisionId, value: 1 }]));
  }
}

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

try {
  const ports = [await serve(processes)];
  for (let i = 0; i < others; i++) ports.push(await serve(1));
  const admin = clientOf(ports[0]);
  await call(admin, "/v1/rank", JSON.stringify({ policy: "home", items }));
  for (const version of [1, 2]) {
    const bundle = Buffer.from(writeTar(new Map([["model.onnx", numbered(version)]])));
    const pushed = await call(admin, "/v1/models/home/versions", bundle, { "content-type": "application/x-tar" });
    if (pushed.status !== 201) throw new Error(JSON.stringify(pushed.body));
  }
  const callers = ports.flatMap((port) => Array.from({ length: connections }, () => caller(clientOf(port))));
  await sleep(3_000);
  const took = [];
  const asked = [];
  const began = performance.now();
  state.answers = 0;
  for (let i = 0; i < rollbacks; i++) {
    await call(admin, "/v1/models/home/labels", JSON.stringify({ stable: 2 }));
    await sleep(400);
    const from = performance.now();
    const back = await call(admin, "/v1/models/home/rollback", "{}");
    asked.push(performance.now() - from);
    if (back.body.stable !== 1) throw new Error(JSON.stringify(back.body));
    await sleep(400);
    took.push(state.lastOld - from);
  }
  const rate = (state.answers * 1000) / (performance.now() - began);
  state.running = false;
  await Promise.all(callers);
  const told = (list) => {
    const sorted = Float64Array.from(list).sort();
    return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: sorted.at(-1) };
  };
  const report = {
    ...{ rollbacks, processes, others, connections, items: items.length, answersPerSecond: rate },
    ...{ processesSeen: seen.size, failed: state.failed, rollbackMs: told(took), answeredMs: told(asked) },
  };
  process.stdout.write(
    `${JSON.stringify(report, (_, value) => (typeof value === "number" ? Number(value.toFixed(2)) : value), 2)}\n`,
  );
  process.exitCode = state.failed > 0 || seen.size < processes + others || report.rollbackMs.max >= 100 ? 1 : 0;
} finally {
  state.running = false;
  for (const client of clients) await client.destroy();
  for (const child of children) {
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("exit", resolve));
  }
  rmSync(dataDir, { recursive: true, force: true });
}
