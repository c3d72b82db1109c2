/** Vowpal Wabbit behind FastAPI, from a virtual environment that is made when missing; none where that cannot be. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pythonOf } from "./learningPeers.mjs";
import { tellingRequest } from "./prepare.mjs";

const PACKAGES = ["vowpalwabbit==9.11.9", "fastapi==0.165.0", "uvicorn[standard]==0.54.0"];
const TICKS_PER_SECOND = 100;
const project = resolve(import.meta.dirname, "../..");

/** @returns one target for the windows, or none with a word why */
export async function startVowpalWabbit({ items }) {
  const script = join(project, "..", "shared", "bench", "serve_vw.py");
  try {
    if (!existsSync(script)) throw new Error("the script of its server is not there");
    const python = pythonOf(join(project, ".prepare", "vw-http"), PACKAGES, "vowpalwabbit, fastapi, uvicorn");
    const port = 20_000 + (process.pid % 10_000);
    const child = spawn(python, [script, "--port", String(port)], { stdio: ["ignore", "ignore", "inherit"] });
    const ended = new Promise((done) => child.once("exit", done));
    const end = async () => {
      child.kill("SIGTERM");
      await ended;
    };
    await untilListening(`http://127.0.0.1:${port}/health`, child);
    const usage = async () => ({ cpuMicros: cpuMicros(child.pid) });
    const measured = { ask: usage };
    const name = "Vowpal Wabbit behind FastAPI";
    return [{ name, process: measured, port, path: "/rank", body: bodyOf(items), end }];
  } catch (error) {
    process.stderr.write(`Vowpal Wabbit is left out: ${String(error.message).split("\n")[0]}\n`);
    return [];
  }
}

/** The content of our request in its shape. The event's id is what counts up. */
function bodyOf(items) {
  const { context, items: candidates } = tellingRequest({ items, slots: 1 });
  return JSON.stringify({ eventId: "e-0000000000", context, actions: candidates });
}

async function untilListening(url, child) {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`its server ended with exit code ${child.exitCode}`);
    const answered = await fetch(url).catch(() => undefined);
    if (answered?.ok) return;
    await sleep(100);
  }
  throw new Error("its server did not answer within 30 s");
}

/** Of the process with its threads, from /proc. */
function cpuMicros(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS_PER_SECOND;
}
