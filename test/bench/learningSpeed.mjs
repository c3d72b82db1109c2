/**
 * npm run bench:learning -- --speed [--json]: rows a CPU second of Brigand's learner and of others on the same rows, each
 * in a process of its own that is pinned to one core and has one thread of work. docs/benchmarks.md says what is what.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { DECISIONS, trained, writeDecisions } from "./learningFile.mjs";
import { pythonOf } from "./learningPeers.mjs";

const COLUMNS = 64;
const ROWS = 50_000;
const PEERS = ["vowpalwabbit==9.11.9", "mabwiser==2.7.4", "river==0.26.1", "numpy==2.4.6"];
const OURS = {
  sums: "Brigand, batch: exact sums",
  weights: "Brigand, batch: exact sums, then weights",
  posterior: "Brigand, posterior one by one",
  learner: "Brigand, whole learner one by one",
};

/** Runs what is pinned to one core, where the machine can pin. */
function pinned(program, args) {
  const options = { encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "inherit"] };
  const pin = ["-c", String(cpus().length - 1), program];
  try {
    return JSON.parse(execFileSync("taskset", [...pin, ...args], options));
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return JSON.parse(execFileSync(program, args, options));
  }
}

export function speed({ project, dist, json, rounds = 3 }) {
  const folder = mkdtempSync(join(tmpdir(), "brigand-speed-"));
  try {
    writeRows(folder);
    const python = pythonOf(join(project, ".prepare", "learning-peers"), PEERS, "vowpalwabbit, mabwiser, river");
    const script = join(import.meta.dirname, "learning_speed.py");
    writeDecisions(folder, mulberry32(1));
    const runs = [];
    for (let round = 0; round < rounds; round++) {
      const ours = pinned(process.execPath, [fileURLToPath(import.meta.url), folder, dist]);
      const theirs = pinned(python, [script, folder, String(COLUMNS)]);
      runs.push({ ...ours, ...theirs, ...fileRun(folder, { dist, python, script, round }) });
    }
    const table = Object.keys(runs[0]).map((name) => ({ name, ...middle(runs.map((run) => run[name])) }));
    process.stdout.write(json ? `${JSON.stringify(table)}\n` : described(table));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same file read and learned by both, each from its first byte to its last row. */
function fileRun(folder, { dist, python, script, round }) {
  const cli = join(dist, "src", "cli", "main.js");
  const data = ["--policy", "bench", "--data-dir", join(folder, `data-${round}`), "--json"];
  const ours = pinned(process.execPath, [cli, "train", join(folder, "decisions.dsjson"), ...data]);
  return { ...trained(ours), ...pinned(python, [script, folder, "dsjson", String(DECISIONS)]) };
}

/** The run of the middle speed. */
function middle(runs) {
  const sorted = runs
    .map((run) => ({ ...run, rowsPerSecond: Math.round(run.rows / run.cpuSeconds) }))
    .sort((a, b) => a.rowsPerSecond - b.rowsPerSecond);
  const [least, most] = [sorted[0], sorted[sorted.length - 1]].map(({ rowsPerSecond }) => rowsPerSecond);
  return { ...sorted[sorted.length >> 1], least, most };
}

function described(table) {
  const files = table.filter(({ name }) => name.endsWith("file"));
  return describedRows(table.filter((row) => !files.includes(row))) + describedFiles(files);
}

function describedFiles([ours, theirs]) {
  const ratio = (ours.rowsPerSecond / theirs.rowsPerSecond).toFixed(2);
  const line = ({ name, rowsPerSecond, least, most, memoryBytes }) =>
    `${name}: ${rowsPerSecond} (${least}–${most}) a second of CPU, ${Math.round(memoryBytes / 1e6)} MB at most\n`;
  return `\n${line(ours)}${line(theirs)}ratio ${ratio}\n`;
}

function describedRows(table) {
  const rateOf = (name) => table.find((row) => row.name === name).rowsPerSecond;
  const peers = table.map(({ name }) => name).filter((name) => !name.startsWith("Brigand"));
  const row = (cells) => `| ${cells.join(" | ")} |\n`;
  let text = `\n${ROWS} rows of ${COLUMNS} columns in memory as Float32Array, one thread, pinned to one core; CPU time, middle of three rounds\n`;
  text += row(["learner", "rows/s of CPU", "min–max", "CPU s", "peak memory MB", ...peers.map((name) => `× ${name}`)]);
  text += row(new Array(5 + peers.length).fill("---"));
  for (const { name, rowsPerSecond, least, most, cpuSeconds, memoryBytes } of table) {
    const ratios = peers.map((peer) => (rowsPerSecond / rateOf(peer)).toFixed(1));
    const cells = [rowsPerSecond, `${least}–${most}`, cpuSeconds.toFixed(4), Math.round(memoryBytes / 1e6)];
    text += row([name, ...cells, ...ratios]);
  }
  return text;
}

/** Columns even on ±1; the reward is the sum of the first four and a little noise. */
function writeRows(folder) {
  const uniform = mulberry32(164);
  const rows = Float32Array.from({ length: ROWS * COLUMNS }, () => Math.round(1e4 * (2 * uniform() - 1)) / 1e4);
  const rewards = new Float32Array(ROWS);
  const lines = [];
  for (let i = 0; i < ROWS; i++) {
    const row = rows.subarray(i * COLUMNS, (i + 1) * COLUMNS);
    rewards[i] = row[0] + row[1] + row[2] + row[3] + 0.1 * (uniform() - 0.5);
    lines.push(`${rewards[i].toFixed(4)} | ${Array.from(row, (x, j) => `f${j}:${x.toFixed(4)}`).join(" ")}`);
  }
  writeFileSync(join(folder, "rows.f32"), rows);
  writeFileSync(join(folder, "rewards.f32"), rewards);
  writeFileSync(join(folder, "rows.vw"), `${lines.join("\n")}\n`);
}

function mulberry32(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** CPU of this process, whatever its threads: the middle of the turns after the first half second of warming up. */
function timed(rows, go, setup = () => undefined) {
  const seconds = [];
  for (const from = performance.now(); performance.now() < from + 500; ) go(setup());
  for (let i = 0; i < 9; i++) {
    const given = setup();
    const from = process.cpuUsage();
    go(given);
    const { user, system } = process.cpuUsage(from);
    seconds.push((user + system) / 1e6);
  }
  return { rows, cpuSeconds: seconds.sort((a, b) => a - b)[4], memoryBytes: process.resourceUsage().maxRSS * 1024 };
}

const floats = (file) => new Float32Array(new Uint8Array(readFileSync(file)).buffer);

async function work(folder, dist) {
  const part = (name) => import(pathToFileURL(join(dist, "training", "learner", `${name}.js`)).href);
  const [blocks, batch, scales, solve, online, learners] = await Promise.all(
    ["blocks", "gram/batch", "scale", "solve", "online", "learner"].map(part),
  );
  const dense = floats(join(folder, "rows.f32"));
  const rewards = floats(join(folder, "rewards.f32"));
  const rowOf = (i) => dense.subarray(i * COLUMNS, (i + 1) * COLUMNS);
  const first = Array.from({ length: 512 }, (_, i) => ({ dense: rowOf(i), reward: rewards[i] }));
  const scale = scales.measure(first, COLUMNS);
  const sums = (block) => {
    const steps = new Int16Array(ROWS);
    for (let i = 0; i < ROWS; i++) steps[i] = scales.quantiseReward(rewards[i], scale.rewardUnit);
    batch.addRows(block, { n: ROWS, dense, steps }, scale);
    return block;
  };
  const empty = () => blocks.emptyBlock(0, COLUMNS + 1);
  const given = { order: COLUMNS + 1, lastRow: ROWS, rewardUnit: scale.rewardUnit };
  const variants = [{ halfLife: Number.POSITIVE_INFINITY, ridge: 10 }];
  const one = 20_000;
  const results = {
    [OURS.sums]: timed(ROWS, sums, empty),
    [OURS.weights]: timed(ROWS, (block) => solve.weightsOf([sums(block)], given, variants), empty),
    [OURS.posterior]: timed(
      one,
      (model) => {
        const f = new Float64Array(COLUMNS + 1);
        for (let i = 0; i < one; i++) {
          scales.quantise(rowOf(i), scale, f);
          for (let j = 0; j < f.length; j++) f[j] /= scales.UNIT;
          online.learnOnline(model, { f, reward: rewards[i] }, 1);
        }
      },
      () => online.emptyOnline(new Float64Array(COLUMNS + 1).fill(1)),
    ),
    [OURS.learner]: timed(
      ROWS,
      (learner) => fold(learner, { dense, rewards, rowOf }),
      () => learnerOf(learners.Learner),
    ),
  };
  exactOrThrow(sums(empty()), { blocks, scales, scale, rewards, rowOf });
  process.stdout.write(JSON.stringify(results));
}

/** What was timed is what row by row in plain numbers gives, bit for bit. */
function exactOrThrow(batch, { blocks, scales, scale, rewards, rowOf }) {
  const expected = blocks.emptyBlock(0, COLUMNS + 1);
  const q = new Float64Array(COLUMNS + 1);
  for (let i = 0; i < ROWS; i++) {
    scales.quantise(rowOf(i), scale, q);
    blocks.addRow(expected, q, scales.quantiseReward(rewards[i], scale.rewardUnit), 1);
  }
  const same = (a, b) => a.every((value, k) => value === b[k]);
  if (!same(batch.gram, expected.gram) || !same(batch.moment, expected.moment) || batch.squares !== expected.squares)
    throw new Error("the sums of the batch are not those of its rows");
}

const learnerOf = (Learner) => new Learner(Array.from({ length: COLUMNS }, (_, j) => `number:${j}`));

/** Every row is predicted, learned and judged, as the retrain job does it. */
function fold(learner, { rewards, rowOf }) {
  const [learn, close] = [OPERATIONS.learn, OPERATIONS.close];
  for (let i = 0; i < ROWS; i++) {
    const operation = { kind: learn, items: ["a"], rewards: [rewards[i]], columns: COLUMNS, dense: rowOf(i) };
    learner.add(operation, i);
    learner.add({ kind: close, learnedAt: i, rewards: operation.rewards }, i);
  }
  return learner.value();
}

const OPERATIONS = { learn: 0, close: 0 };
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , folder, dist] = process.argv;
  const { OperationKind } = await import(pathToFileURL(join(dist, "src", "core", "join", "operations.js")).href);
  Object.assign(OPERATIONS, OperationKind);
  await work(folder, dist);
}
