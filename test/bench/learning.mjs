/**
 * npm run bench:learning [-- --data DIR --sets a,b --seeds 20 --procs 1 --no-peers --recorded FILE --json]
 * npm run bench:learning -- --news [--seeds 10 --json]
 * npm run bench:learning -- --speed [--json]
 * npm run bench:learning -- --strings [--decisions 250000 --json]
 * npm run bench:learning -- --coverage [--resamples 200 --json]
 * npm run bench:learning -- --drift [--seeds 5 --json]         about ten minutes of one core; each world is told as it ends
 * npm run bench:learning -- --setting 1687 [--seeds 2 --events 1000000 --json]
 *
 * Progressive loss of the default policy on labelled tables (one pass, the classes are the candidates, reward 1 for the
 * right one, nothing else told) beside Vowpal Wabbit's on the same rows in the same order. See docs/benchmarks.md.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, parse, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { peersOf, recordedOf } from "./learningPeers.mjs";
import { describeLearning, summaryOf } from "./learningReport.mjs";
import { ads, drift, intervals, news } from "./learningSettings.mjs";
import { speed } from "./learningSpeed.mjs";
import { strings } from "./learningStrings.mjs";

const project = resolve(import.meta.dirname, "../..");
const { values } = parseArgs({
  options: {
    data: { type: "string", default: resolve(project, "../shared/data/uci") },
    sets: { type: "string" },
    seeds: { type: "string" },
    procs: { type: "string", default: "1" },
    "no-peers": { type: "boolean", default: false },
    recorded: { type: "string", default: resolve(project, "../shared/bench/vw_uci.json") },
    dist: { type: "string", default: join(project, "dist") },
    news: { type: "boolean", default: false },
    speed: { type: "boolean", default: false },
    strings: { type: "boolean", default: false },
    decisions: { type: "string", default: "250000" },
    setting: { type: "string" },
    drift: { type: "boolean", default: false },
    coverage: { type: "boolean", default: false },
    resamples: { type: "string", default: "200" },
    events: { type: "string", default: "1000000" },
    json: { type: "boolean", default: false },
  },
});

/** Files of the folder by name without its ending. */
function tablesOf(folder) {
  const files = readdirSync(folder).filter((file) => [".csv", ".data", ".txt"].includes(parse(file).ext));
  return new Map(files.map((file) => [parse(file).name, join(folder, file)]));
}

async function learning(dist) {
  return import(pathToFileURL(join(dist, "training", "simulate", "labelled.js")).href);
}

/** Losses by seed of one table, `procs` seeds at a time. */
async function lossesOf({ name, file, seeds, procs, dist }) {
  const waiting = [...seeds];
  const done = new Map();
  const worker = async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      const of = seed;
      done.set(
        of,
        await new Promise((ready, failed) => {
          const thread = new Worker(new URL(import.meta.url), { workerData: { name, file, seed: of, dist } });
          thread.once("message", ready).once("error", failed);
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: procs }, worker));
  return seeds.map((seed) => done.get(seed));
}

async function main() {
  if (values.speed) return speed({ project, dist: values.dist, json: values.json });
  const { dist, json, recorded } = values;
  if (values.strings) return strings({ dist, decisions: Number(values.decisions), json });
  const seedCount = Number(values.seeds ?? (values.drift ? 5 : 20));
  if (values.news) return news({ dist, seeds: seedCount, json });
  if (values.drift) return drift({ dist, seeds: seedCount, json });
  if (values.setting === "1687") {
    const simulated = join(dirname(recorded), "vw_sim.json");
    return ads({ dist, seeds: seedCount, events: Number(values.events), recorded: simulated, json });
  }
  if (values.coverage) {
    const { parseLabelled } = await learning(dist);
    const file = tablesOf(resolve(values.data)).get("pendigits");
    const table = file === undefined ? undefined : parseLabelled("pendigits", readFileSync(file, "utf8"));
    return intervals({ dist, table, resamples: Number(values.resamples), json });
  }
  if (values.setting !== undefined) throw new Error(`--setting takes 1687; "${values.setting}" came`);
  const { parseLabelled } = await learning(values.dist);
  const tables = tablesOf(resolve(values.data));
  const names = values.sets?.split(",") ?? [...tables.keys()];
  const seeds = Array.from({ length: seedCount }, (_, i) => i + 1);
  for (const name of names) {
    const file = tables.get(name);
    if (file === undefined)
      throw new Error(`${name}: no such table in ${values.data}; there are ${[...tables.keys()]}`);
    const table = parseLabelled(name, readFileSync(file, "utf8"));
    const runs = await lossesOf({ name, file, seeds, procs: Number(values.procs), dist: values.dist });
    const summary = summaryOf(table, runs);
    if (values.json) {
      process.stdout.write(`${JSON.stringify(summary)}\n`);
      continue;
    }
    const peers = values["no-peers"]
      ? existsSync(values.recorded)
        ? recordedOf(name, JSON.parse(readFileSync(values.recorded, "utf8")))
        : []
      : peersOf(table, seeds, { project, learning: await learning(values.dist) });
    process.stdout.write(describeLearning(summary, peers, values["no-peers"]));
  }
}

async function work() {
  const { name, file, seed, dist } = workerData;
  const { parseLabelled, progressiveLoss } = await learning(dist);
  const table = parseLabelled(name, readFileSync(file, "utf8"));
  const from = performance.now();
  const run = progressiveLoss(table, seed);
  parentPort.postMessage({ ...run, seconds: (performance.now() - from) / 1000 });
}

await (isMainThread ? main() : work());
