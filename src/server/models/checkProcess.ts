/** Runs a pushed model in a process of its own, with bounds of time and memory: whatever it does, serving goes on. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { BrigandError, type ErrorCode } from "../../core/errors.ts";
import type { Checked, CheckModel, ToCheck } from "../../ports/models.ts";

export interface CheckBounds {
  /** Longest that a call with 100 candidates may take. */
  readonly callMsMax: number;
  /** Longest that the whole check may take, the start of the process included. */
  readonly checkMs: number;
  /** Most that the process may hold in memory; looked at where /proc tells it. */
  readonly memoryBytesMax: number;
  /** Checks at once. */
  readonly checksMax: number;
}

const LOOK_MS = 10;
const PAGE_BYTES = 4096;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** The built `checkMain.js` beside this file, or `main` in its place. */
export function checkerOf(bounds: CheckBounds, main: URL = new URL("./checkMain.js", import.meta.url)): CheckModel {
  let running = 0;
  return async (model) => {
    if (running >= bounds.checksMax) throw new BrigandError("CB_PUSH_BUSY", { maximum: bounds.checksMax });
    running++;
    try {
      return await checkApart(model, { ...bounds, main });
    } finally {
      running--;
    }
  };
}

async function checkApart({ model, ...told }: ToCheck, bounds: CheckBounds & { main: URL }): Promise<Checked> {
  const { callMsMax, main } = bounds;
  const child = spawn(process.execPath, [main.pathname], { stdio: ["pipe", "pipe", "ignore"], env: {} });
  const ended = watch(child, bounds);
  // A process that ends early closes its input: how it ended says why.
  child.stdin?.on("error", () => {});
  child.stdin?.write(`${JSON.stringify({ ...told, callMsMax })}\n`);
  child.stdin?.end(model);
  const answer = await ended;
  if (answer.checked !== undefined) return answer.checked;
  const { code = "CB_MODEL_CHECK_FAILED", message, hint } = answer;
  throw new BrigandError(code, message ?? { problem: "no answer" }, hint);
}

interface Answer {
  readonly checked?: Checked;
  readonly code?: ErrorCode;
  readonly message?: string;
  readonly hint?: string;
}

/** Resolves with its answer, or why there is none. */
function watch(child: ChildProcess, { checkMs, memoryBytesMax }: CheckBounds): Promise<Answer> {
  let refusal: BrigandError | undefined;
  let answered = "";
  const end = (why: BrigandError) => {
    refusal ??= why;
    child.kill("SIGKILL");
  };
  const slow = setTimeout(() => {
    end(new BrigandError("CB_MODEL_TOO_SLOW", { rows: 100, maximum: checkMs, came: "longer, all calls together" }));
  }, checkMs);
  const looks = setInterval(() => {
    residentBytes(child.pid).then((bytes) => {
      if (bytes > memoryBytesMax) end(new BrigandError("CB_MODEL_MEMORY_EXCEEDED", { maximum: memoryBytesMax }));
    });
  }, LOOK_MS);
  child.stdout?.on("data", (chunk: Buffer) => {
    answered += chunk.toString();
    if (answered.length > ANSWER_BYTES_MAX) end(new BrigandError("CB_MODEL_CHECK_FAILED", { problem: "too long" }));
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(slow);
      clearInterval(looks);
      if (refusal !== undefined) reject(refusal);
      else if (code === 0) resolve(JSON.parse(answered));
      else reject(new BrigandError("CB_MODEL_CHECK_FAILED", { problem: signal ?? `exit code ${code}` }));
    });
  });
}

/** 0 where nobody tells. */
async function residentBytes(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/statm`, "utf8").catch(() => "");
  return Number(text.split(" ")[1] ?? 0) * PAGE_BYTES;
}
