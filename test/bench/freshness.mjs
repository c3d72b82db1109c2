/**
 * npm run bench:freshness [-- --seconds 60 --rate 500 --json]
 *
 * How soon an acknowledged reward shows in the features of an answer, and a learnable row in the model that answers,
 * while the whole product runs under an open-loop load. See docs/benchmarks.md.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { followLog, modelFreshness } from "./joinedFacts.mjs";
import { itemEvents, itemId, POLICY, send } from "./prepare.mjs";
import { endAll, startProcess } from "./processes.mjs";
import { cpuOfTree } from "./processTree.mjs";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    rate: { type: "string", default: "500" },
    rewards: { type: "string", default: "0.2" },
    items: { type: "string", default: "20" },
    slots: { type: "string", default: "5" },
    settle: { type: "string", default: "2000" },
    dist: { type: "string", default: resolve(import.meta.dirname, "../../dist") },
    json: { type: "boolean", default: false },
  },
});
const [seconds, rate, rewards, items, slots, settleMs] = ["seconds", "rate", "rewards", "items", "slots", "settle"].map(
  (name) => Number(values[name]),
);
const dist = resolve(values.dist);
const dataDir = mkdtempSync(join(tmpdir(), "brigand-fresh-"));
const WARM_UP_S = 10;
/** Load goes on this long after the measured time, so that the last rows find their answers. */
const TAIL_S = 8;
const PROBE_EVERY_MS = 150;
const PROBE_POLL_MS = 20;
const PROBE_PATIENCE_MS = 10_000;
const STOP_MS = 20_000;
const epoch = () => performance.timeOrigin + performance.now();

const product = spawn(process.execPath, [join(dist, "src/cli/main.js"), "start", "--port", "0"], {
  env: { ...process.env, DATA_DIR: dataDir, LOG_LEVEL: "warn", REDIS_URL: "", DEMO: "off" },
  stdio: ["ignore", "pipe", "inherit"],
});
const ended = new Promise((resolve_) => product.once("exit", resolve_));
try {
  const report = await measure(await ready());
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : describe(report));
} finally {
  await endAll();
  product.kill("SIGTERM");
  const timer = setTimeout(() => product.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(timer);
  rmSync(dataDir, { recursive: true, force: true });
}

/** The address that `start` prints once the server is ready. */
function ready() {
  return new Promise((resolve_, reject) => {
    createInterface({ input: product.stdout }).on("line", (line) => {
      const url = /ready after .* at (http:\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve_(url);
      else process.stderr.write(`${line}\n`);
    });
    product.once("exit", (code) => reject(new Error(`the product ended with code ${code}`)));
  });
}

async function measure(url) {
  await send(`${url}/v1/policies/${POLICY}`, "PUT", { settleMs });
  await send(`${url}/v1/feedback`, "POST", itemEvents(items), "application/x-ndjson");
  const load = startProcess(join(import.meta.dirname, "openLoad.mjs"));
  const options = {
    url,
    rate,
    seconds: WARM_UP_S + seconds + TAIL_S,
    rewardShare: rewards,
    items,
    slots,
    users: 20_000,
  };
  const loading = load.ask("run", options);
  await sleep(1000);
  const log = await followLog(dist, { dataDir, policy: POLICY });
  await sleep(WARM_UP_S * 1000 - 1000);
  await load.ask("facts");
  const from = epoch();
  const before = cpuOfTree(product.pid);
  const probing = probes(url, from + seconds * 1000);
  await sleep(seconds * 1000);
  const to = epoch();
  const after = cpuOfTree(product.pid);
  const measured = await load.ask("facts");
  const effects = await probing;
  await loading;
  const facts = await load.ask("facts");
  const log_ = await log.stop();
  const { times, missed } = modelFreshness(log_, facts.versions, { settleMs, from, to });
  const lags = log_.lags.filter(({ seen }) => seen >= from && seen < to).map(({ ms }) => ms);
  const fresh = Object.values(facts.versions).filter((at) => at >= from && at < to).length;
  return {
    machine: { cpu: cpus()[0].model, cores: cpus().length, node: process.version },
    load: {
      seconds,
      rate,
      rewards,
      items,
      slots,
      settleMs,
      sent: facts.sent,
      rewarded: facts.rewarded,
      failed: facts.failed,
      failure: facts.failure,
    },
    rankMs: { p50: round(measured.latencies.p50), p99: round(measured.latencies.p99), n: measured.latencies.n },
    featureEffectMs: spread(effects.times, effects.missed),
    modelFreshnessMs: spread(times, missed),
    queueLagMs: spread(lags, 0),
    versionsMet: fresh,
    cpuShare: [...after].map(([pid, { name, seconds: used }]) => ({
      name,
      share: round((used - (before.get(pid)?.seconds ?? 0)) / ((to - from) / 1000), 3),
    })),
  };
}

/** A reward of a user of its own, then rankings of that user until the answered item shows as answered. */
async function probes(url, until) {
  const times = [];
  const running = [];
  let missed = 0;
  for (let k = 0; epoch() < until; k++) {
    const one = probe(url, `probe-${k}`).then((ms) => (ms === undefined ? missed++ : times.push(ms)));
    // Told by `all` below; unheard until then it would end this process and leave the product running.
    one.catch(() => {});
    running.push(one);
    await sleep(PROBE_EVERY_MS);
  }
  await Promise.all(running);
  return { times, missed };
}

async function probe(url, user) {
  const list = Array.from({ length: items }, (_, i) => ({ id: itemId(i) }));
  const rank = () => send(`${url}/v1/rank`, "POST", { policy: POLICY, user: { id: user }, items: list, slots: items });
  const first = await rank();
  const { id } = first.items[0];
  await send(`${url}/v1/rewards`, "POST", { decisionId: first.decisionId, item: id, value: 1 });
  const acknowledged = performance.now();
  while (performance.now() - acknowledged < PROBE_PATIENCE_MS) {
    const asked = performance.now();
    const { decisionId } = await rank();
    const answered = performance.now();
    const { candidates } = await send(`${url}/v1/decisions/${encodeURIComponent(decisionId)}`, "GET");
    if (candidates.find((candidate) => candidate.id === id).features["seen.positive"] > 0)
      return answered - acknowledged;
    await sleep(Math.max(0, PROBE_POLL_MS - (performance.now() - asked)));
  }
  return undefined;
}

function spread(times, missed) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) =>
    sorted.length === 0 ? undefined : round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  return { n: sorted.length, missed, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

function round(value, digits = 1) {
  return value === undefined ? undefined : Number(value.toFixed(digits));
}

function describe({ machine, load, rankMs, featureEffectMs, modelFreshnessMs, queueLagMs, versionsMet, cpuShare }) {
  const line = (name, { n, missed, p50, p95, p99, max }) =>
    `| ${name} | ${n} | ${missed} | ${p50} | ${p95} | ${p99} | ${max} |`;
  return [
    `CPU ${machine.cpu}, ${machine.cores} cores; Node ${machine.node}`,
    `${load.rate} decisions/s for ${load.seconds} s (${load.items} stored candidates, ${load.slots} slots), ${load.rewards} rewards a decision; settle ${load.settleMs} ms`,
    `sent ${load.sent}, rewarded ${load.rewarded}, failed ${load.failed}${load.failure === undefined ? "" : ` (${load.failure})`}; rank p50 ${rankMs.p50} ms, p99 ${rankMs.p99} ms; ${versionsMet} versions began to answer`,
    "",
    "| milliseconds | n | missed | p50 | p95 | p99 | max |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    line("feature effect", featureEffectMs),
    line("model freshness", modelFreshnessMs),
    line("queue lag of the join", queueLagMs),
    "",
    "| process | CPU cores |",
    "| --- | --- |",
    ...cpuShare.map(({ name, share }) => `| ${name} | ${share} |`),
    "",
  ].join("\n");
}
