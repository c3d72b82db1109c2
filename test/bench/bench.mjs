/**
 * npm run bench [-- --seconds 10 --rounds 3 --explorers plackettLuce,greedy --connections 16 --other-lists --json]
 *
 * POST /v1/rank beside a Fastify echo of the same body, in windows that alternate. The candidates are the same in each
 * request, or, with --other-lists, in an order that never came before. See docs/benchmarks.md.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { itemId, POLICY, send, setExplorer, trainOnce, warmUp } from "./prepare.mjs";
import { endAll, startProcess } from "./processes.mjs";
import { describe, rowsOf } from "./report.mjs";
import { walFacts } from "./walFacts.mjs";
import { measureWindow } from "./window.mjs";

const MARK = "0000000000";
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    rounds: { type: "string", default: "3" },
    explorers: { type: "string", default: "plackettLuce,epsilonGreedy,ucb,greedy,uniform" },
    connections: { type: "string", default: "16" },
    items: { type: "string", default: "100" },
    slots: { type: "string", default: "10" },
    generator: { type: "string", default: "sockets" },
    dist: { type: "string", default: resolve(import.meta.dirname, "../../dist") },
    profile: { type: "string" },
    "other-lists": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const [seconds, rounds, connections, items, slots] = ["seconds", "rounds", "connections", "items", "slots"].map(
  (name) => Number(values[name]),
);
const here = (name) => join(import.meta.dirname, name);
const dataDir = mkdtempSync(join(tmpdir(), "brigand-bench-"));

try {
  const report = await bench();
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : describe(report));
} finally {
  await endAll();
  rmSync(dataDir, { recursive: true, force: true });
}

async function bench() {
  const server = startProcess(here("server.mjs"), { BENCH_DIST: resolve(values.dist) });
  const { url, port } = await server.ask("listen", { dataDir, logLevel: "warn" });
  await warmUp(url, { items, slots });
  const model = await trainOnce(resolve(values.dist), { dataDir, url });
  const list = Array.from({ length: items }, (_, i) => ({ id: itemId(i) }));
  const body = JSON.stringify({ policy: POLICY, user: { id: `user-${MARK}` }, items: list, slots });
  await setExplorer(url, values.explorers.split(",")[0]);
  const like = await send(`${url}/v1/rank`, "POST", body);
  const echo = startProcess(here("echo.mjs"));
  const { port: echoPort, fastify } = await echo.ask("listen", like);
  const load = startProcess(here("load.mjs"));
  const target = { server: { process: server, port }, echo: { process: echo, port: echoPort } };
  const measure = (who, time) =>
    measureWindow(
      load,
      { ...target[who], path: "/v1/rank", body, otherLists: values["other-lists"] },
      { seconds: time, connections, generator: values.generator },
    );
  const explorers = [];
  for (const explorer of values.explorers.split(",")) {
    await setExplorer(url, explorer);
    for (const who of ["echo", "server"]) await measure(who, Math.min(2, seconds));
    await server.ask("stages");
    const pairs = [];
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? ["server", "echo"] : ["echo", "server"];
      const pair = {};
      for (const who of order) pair[who] = await measure(who, seconds);
      pairs.push(pair);
    }
    explorers.push({
      explorer,
      pairs,
      stages: await server.ask("stages"),
      log: await walFacts(resolve(values.dist), { dataDir, policy: POLICY }),
    });
    freeLog();
  }
  if (values.profile !== undefined) {
    await server.ask("profile");
    await measure("server", seconds);
    await server.ask("profiled", resolve(values.profile));
  }
  const answered = await send(`${url}/v1/rank`, "POST", body);
  return {
    machine: { cpu: cpus()[0].model, cores: cpus().length, node: process.version, fastify },
    setup: {
      ...{ connections, seconds, rounds, items, slots, generator: values.generator, durability: "process" },
      ...{
        bodyBytes: Buffer.byteLength(body),
        answer: { served: answered.served, modelVersion: answered.modelVersion },
        model,
      },
    },
    explorers: explorers.map(rowsOf),
  };
}

/** Segments that are full: nobody reads them here. */
function freeLog() {
  const wal = join(dataDir, "wal", POLICY);
  for (const stream of readdirSync(wal)) {
    for (const segment of readdirSync(join(wal, stream)).sort().slice(0, -1)) rmSync(join(wal, stream, segment));
  }
}
