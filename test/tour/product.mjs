/** The built product as its owner runs it: `brigand start` and commands beside it. Only what is started here is ended here. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const READY_MS = 60_000;
const STOP_MS = 20_000;

/** Starts everything on a free port of the loopback interface; resolves when it is ready. */
export async function startProduct({ main, dataDir }) {
  const child = spawn(process.execPath, [main, "start", "--port", "0", "--data-dir", dataDir, "--host", "127.0.0.1"], {
    env: { ...process.env, LOG_LEVEL: "warn", DEMO: "off" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let ended = false;
  const exited = new Promise((resolve) => child.once("exit", resolve)).then(() => {
    ended = true;
  });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const url = () => /ready after \S+ s at (http:\S+)/.exec(output)?.[1];
  const stop = () => stopAll(child, exited);
  try {
    await until(READY_MS, "the product is ready", () => {
      if (ended) throw new Error(`brigand start ended before it was ready:\n${output}`);
      return url();
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: url(), pid: child.pid, output: () => output, stop };
}

/** Ctrl-C, and then a look at every process that hung below it. @returns the ids of those that are left */
async function stopAll(child, exited) {
  const family = new Map(descendants(child.pid).map((pid) => [pid, bornAt(pid)]));
  child.kill("SIGINT");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await exited;
  clearTimeout(timer);
  const left = () =>
    [...family].filter(([pid, born]) => born !== undefined && bornAt(pid) === born).map(([pid]) => pid);
  const deadline = performance.now() + 2000;
  while (left().length > 0 && performance.now() < deadline) await sleep(50);
  return { left: left(), counted: family.size };
}

/** Runs a command to its end. @throws when it fails */
export async function runCommand(main, args) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].on("data", (chunk) => (text[name] += chunk));
  const code = await new Promise((resolve) => child.once("close", (exit, signal) => resolve(signal ?? exit)));
  if (code !== 0) throw new Error(`brigand ${args[0]} ended with ${code}:\n${text.stderr}${text.stdout}`);
  return text.stdout;
}

/** @throws the answer, when it is not one of success */
export async function send(address, body) {
  const given =
    body === undefined
      ? {}
      : { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await fetch(address, given);
  const text = await response.text();
  if (!response.ok) throw new Error(`${address}: ${response.status} ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

/** Asks until the answer is neither undefined nor false. */
export async function until(patienceMs, what, ask, pauseMs = 50) {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`not within ${patienceMs / 1000} s: ${what}`);
    await sleep(pauseMs);
  }
}

/** The process and everything below it. */
function descendants(root) {
  const parents = existsSync("/proc/self/stat") ? procParents() : psParents();
  const found = [root];
  for (let i = 0; i < found.length; i++) for (const [pid, parent] of parents) if (parent === found[i]) found.push(pid);
  return found;
}

function procParents() {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const stat = statOf(pid);
      return stat === undefined ? [] : [[Number(pid), Number(stat[1])]];
    });
}

function psParents() {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
}

/** Fields after the name: state, parent, …; start time is the 20th. */
function statOf(pid) {
  try {
    const text = readFileSync(join("/proc", String(pid), "stat"), "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** When a running process began, so that a reused id is not taken for it; undefined where it does not run. */
function bornAt(pid) {
  if (existsSync("/proc/self/stat")) {
    const stat = statOf(pid);
    return stat === undefined || ["Z", "X"].includes(stat[0]) ? undefined : stat[19];
  }
  const text = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
  return text === "" ? undefined : text;
}
