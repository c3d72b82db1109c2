/** Work in a process of its own, with bounds of time and memory: whatever it does, serving goes on. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { BrigandError, type ErrorCode } from "../../core/errors.ts";

export interface Apart {
  /** Built script; it reads stdin to its end and writes one line of JSON: {done}, or {code, message, hint}. */
  readonly main: URL;
  readonly input: readonly (string | Uint8Array)[];
  readonly msMax: number;
  /** Looked at where /proc tells it. */
  readonly memoryBytesMax: number;
  readonly slow: () => BrigandError;
  readonly large: () => BrigandError;
  readonly failed: (problem: string) => BrigandError;
}

const LOOK_MS = 10;
const PAGE_BYTES = 4096;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** What it answered as `done`. @throws the error that it answered, and those of `Apart` */
export async function runApart(work: Apart): Promise<unknown> {
  const child = spawn(process.execPath, [work.main.pathname], { stdio: ["pipe", "pipe", "ignore"], env: {} });
  const ended = watch(child, work);
  // A process that ends early closes its input: how it ended says why.
  child.stdin?.on("error", () => {});
  for (const part of work.input) child.stdin?.write(part);
  child.stdin?.end();
  const answer = await ended;
  if (answer.done !== undefined) return answer.done;
  const { code, message, hint } = answer;
  if (code === undefined) throw work.failed("no answer");
  throw new BrigandError(code, message ?? {}, hint);
}

/** The other side: what `main` writes. Errors of ours are told, others end the process. */
export async function answerApart(work: () => Promise<unknown>): Promise<void> {
  const answer = await work().then(
    (done): Answer => ({ done }),
    (error: unknown): Answer => {
      if (!(error instanceof BrigandError)) throw error;
      return { code: error.code, message: error.message, hint: error.hint };
    },
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/** Everything that comes by stdin. */
export async function inputApart(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

interface Answer {
  readonly done?: unknown;
  readonly code?: ErrorCode;
  readonly message?: string;
  readonly hint?: string;
}

/** Resolves with its answer, or why there is none. */
function watch(child: ChildProcess, { msMax, memoryBytesMax, slow, large, failed }: Apart): Promise<Answer> {
  let refusal: BrigandError | undefined;
  let answered = "";
  const end = (why: BrigandError) => {
    refusal ??= why;
    child.kill("SIGKILL");
  };
  const late = setTimeout(() => end(slow()), msMax);
  const looks = setInterval(() => {
    residentBytes(child.pid).then((bytes) => {
      if (bytes > memoryBytesMax) end(large());
    });
  }, LOOK_MS);
  child.stdout?.on("data", (chunk: Buffer) => {
    answered += chunk.toString();
    if (answered.length > ANSWER_BYTES_MAX) end(failed("too long"));
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(late);
      clearInterval(looks);
      if (refusal !== undefined) reject(refusal);
      else if (code === 0) resolve(JSON.parse(answered));
      else reject(failed(signal ?? `exit code ${code}`));
    });
  });
}

/** 0 where nobody tells. */
async function residentBytes(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/statm`, "utf8").catch(() => "");
  return Number(text.split(" ")[1] ?? 0) * PAGE_BYTES;
}
