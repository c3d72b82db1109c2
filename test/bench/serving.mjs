/**
 * npm run bench:serving [-- --seconds 5 --rounds 3 --connections 16 --no-peers --no-sweep --json --plot FILE.svg]
 *
 * POST /v1/rank with stored features, and with the features in the request, beside a Fastify echo of the same body
 * and Vowpal Wabbit behind FastAPI with the content of that request in its own shape: windows of all of them
 * alternate in one run, under one load generator, one process each. Then latency at half of what each reached, and the
 * cost by candidates and by columns. See docs/benchmarks.md.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { endAll, startProcess } from "./processes.mjs";
import { startProduct } from "./product.mjs";
import { startVowpalWabbit } from "./servingPeers.mjs";
import { plotOf } from "./servingPlot.mjs";
import { describe, rowOf } from "./servingReport.mjs";
import { measurePaced, measureWindow } from "./window.mjs";

const WARM_UP_S = 2;
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    connections: { type: "string", default: "16" },
    dist: { type: "string", default: resolve(import.meta.dirname, "../../dist") },
    peers: { type: "boolean", default: true },
    sweep: { type: "boolean", default: true },
    json: { type: "boolean", default: false },
    plot: { type: "string" },
  },
  allowNegative: true,
});
const [seconds, rounds, connections] = ["seconds", "rounds", "connections"].map((name) => Number(values[name]));
const dist = resolve(values.dist);
const SHAPE = { items: 100, slots: 10, features: 64 };
/** One dimension at a time. */
const SWEEP = [
  ...[10, 25, 100, 300, 1000].map((items) => ({ ...SHAPE, items })),
  ...[16, 128, 256].map((features) => ({ ...SHAPE, features })),
];
/** More connections than requests are ever under way at half of saturation. */
const PACED_CONNECTIONS = 64;

try {
  const report = { machine: machineOf(), setup: { seconds, rounds, connections, ...SHAPE }, rows: await beside() };
  if (values.sweep) report.sweep = await sweep();
  if (values.plot !== undefined && report.sweep !== undefined) writeFileSync(values.plot, await plotOf(report.sweep));
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : describe(report));
} finally {
  await endAll();
}

function machineOf() {
  return { cpu: cpus()[0].model, cores: cpus().length, node: process.version, durability: "process" };
}

async function beside() {
  const load = startLoad();
  const targets = [];
  for (const [name, shape] of [
    ["stored features", { telling: false }],
    ["features in the request", { telling: true }],
    [`${SHAPE.features} numbers each in the request`, { numbers: "json" }],
    ["the same as a matrix (MessagePack)", { numbers: "matrix" }],
  ]) {
    const product = await startProduct(dist, { ...SHAPE, ...shape });
    // A matrix is measured beside the echo of the body in JSON that holds the same.
    if (shape.numbers !== "matrix")
      targets.push({ name: `echo of that body (${name})`, ...(await startEcho(product)), echo: targets.length });
    const echo = targets.findLastIndex((target) => target.name.startsWith("echo"));
    targets.push({ name, ...product, echo });
    if (shape.telling === false)
      targets.push({ name: `${name}, never the same list`, ...product, echo, otherLists: true });
  }
  const told = targets.find(({ name }) => name === "features in the request").echo;
  if (values.peers) targets.push(...(await startVowpalWabbit(SHAPE)).map((peer) => ({ ...peer, echo: told })));
  for (const target of targets) await measureWindow(load, target, { seconds: WARM_UP_S, connections });
  const windows = targets.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < targets.length; turn++) {
      const which = (turn + round) % targets.length;
      windows[which].push(await measureWindow(load, targets[which], { seconds, connections }));
      targets[which].freeLog?.();
    }
  }
  const rows = targets.map(({ name, body, echo }, i) =>
    rowOf({ name, body, windows: windows[i], echo: windows[echo] }),
  );
  for (const [i, target] of targets.entries()) {
    const paced = { rate: rows[i].perSecond / 2, seconds: 2 * seconds, connections: PACED_CONNECTIONS };
    rows[i].half = await measurePaced(load, target, paced);
    target.freeLog?.();
  }
  await Promise.all([...new Set(targets.map(({ end }) => end))].map((end) => end()));
  await load.end();
  return rows.map((row, i) => ({ ...row, halfEcho: rows[targets[i].echo].half }));
}

/** Each shape a server of its own, beside an echo of its body. */
async function sweep() {
  const rows = [];
  for (const shape of SWEEP) {
    const product = await startProduct(dist, { ...shape, slots: Math.min(shape.slots, shape.items) });
    const echo = await startEcho(product);
    const load = startLoad();
    const windows = [[], []];
    for (let round = 0; round <= rounds; round++) {
      for (const [i, target] of [product, echo].entries()) {
        const measured = await measureWindow(load, target, { seconds: Math.min(2, seconds), connections: 4 });
        if (round > 0) windows[i].push(measured);
      }
      product.freeLog();
    }
    await Promise.all([product.end(), echo.end(), load.end()]);
    rows.push({ ...shape, ...rowOf({ name: "", body: product.body, windows: windows[0], echo: windows[1] }) });
  }
  return rows;
}

async function startEcho({ like, body, path }) {
  const echo = startProcess(join(import.meta.dirname, "echo.mjs"));
  const { port } = await echo.ask("listen", like);
  return { process: echo, port, path, body, end: () => echo.end() };
}

function startLoad() {
  return startProcess(join(import.meta.dirname, "load.mjs"));
}
