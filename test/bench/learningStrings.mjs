/** A log that floods: four strings a decision that never come again, two of the request and two of the shown item. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const STRINGS_OF_A_DECISION = 4;
const ACTIONS = 3;

/** One line of dsjson. One string of ten values can be learned from: half of the groups want action 0. */
function lineOf(i) {
  const group = i % 10;
  const shown = (i * 7) % ACTIONS;
  const cost = group % 2 === 0 && shown === 0 ? -1 : 0;
  const actions = Array.from({ length: ACTIONS }, (_, k) => ({
    i: { id: `action ${k}` },
    a: k === shown ? { page: `page ${i}`, from: `from ${i}` } : {},
  }));
  const label = { _label_cost: cost, _label_probability: 1 / ACTIONS, _label_Action: shown + 1, _labelIndex: shown };
  const others = Array.from({ length: ACTIONS }, (_, k) => k + 1).filter((action) => action !== shown + 1);
  const told = { Version: "1", EventId: `e${i}`, a: [shown + 1, ...others], p: new Array(ACTIONS).fill(1 / ACTIONS) };
  const c = { u: { group: `g${group}`, query: `query ${i}`, visit: `visit ${i}` }, _multi: actions };
  return `${JSON.stringify({ ...label, ...told, c })}\n`;
}

async function write(file, decisions) {
  const out = createWriteStream(file);
  for (let i = 0; i < decisions; i++) if (!out.write(lineOf(i))) await once(out, "drain");
  out.end();
  await once(out, "finish");
}

/** `brigand train FILE` in a process of its own, and what it reports. */
async function train({ dist, folder, file }) {
  const args = ["train", file, "--policy", "strings", "--format", "dsjson", "--json"];
  const child = spawn(process.execPath, [join(dist, "src", "cli", "main.js"), ...args], {
    env: { ...process.env, DATA_DIR: join(folder, "data") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let told = "";
  child.stdout.on("data", (chunk) => {
    told += chunk;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`brigand train ended with ${code}`);
  return JSON.parse(told.trim().split("\n").at(-1));
}

/** Writes the file, trains from it and prints what it cost. */
export async function strings({ dist, decisions, json }) {
  const folder = mkdtempSync(join(tmpdir(), "brigand-strings-"));
  try {
    const file = join(folder, "strings.dsjson");
    await write(file, decisions);
    const { rows, refused, cpuSeconds, memoryBytes, progressiveLoss, lossOfMean } = await train({ dist, folder, file });
    const distinct = decisions * STRINGS_OF_A_DECISION;
    const perCpuSecond = Math.round(decisions / cpuSeconds);
    const result = { distinct, decisions, rows, refused, perCpuSecond, memoryBytes, progressiveLoss, lossOfMean };
    const text = `${distinct} distinct strings in ${decisions} decisions: ${rows} learned, ${refused} refused, ${perCpuSecond} decisions a second of CPU, at most ${Math.round(memoryBytes / 1e6)} MB; squared error ${progressiveLoss?.toFixed(4)}, of the mean ${lossOfMean?.toFixed(4)}`;
    process.stdout.write(`${json ? JSON.stringify(result) : text}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
