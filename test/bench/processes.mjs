/**
 * Child processes that answer questions over IPC: the measured server, the echo and the load generator each run in
 * one of their own. Only processes started here are ended here.
 */
import { fork } from "node:child_process";

const END_MS = 8000;
const running = new Set();

/** Starts `script`; `ask(op, arg)` calls its operation of that name, `end()` stops it. */
export function startProcess(script, env = {}, execArgv = []) {
  const child = fork(script, [], {
    env: { ...process.env, ...env },
    execArgv,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const asked = new Map();
  let next = 0;
  let failure;
  const exited = new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      running.delete(handle);
      failure = new Error(`${script} ended (${signal ?? code})`);
      for (const { reject } of asked.values()) reject(failure);
      asked.clear();
      resolve();
    });
  });
  child.on("message", ({ id, result, error }) => {
    const waiting = asked.get(id);
    asked.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error));
  });
  const ask = (op, arg) =>
    new Promise((resolve, reject) => {
      if (failure !== undefined) return reject(failure);
      asked.set(next, { resolve, reject });
      child.send({ id: next++, op, arg });
    });
  const end = async () => {
    if (failure !== undefined) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), END_MS);
    await exited;
    clearTimeout(timer);
  };
  const handle = { pid: child.pid, ask, end };
  running.add(handle);
  return handle;
}

export async function endAll() {
  await Promise.all([...running].map((handle) => handle.end()));
}

/** The child's side: operations by name; ends with its parent. */
export function answer(operations, close = async () => {}) {
  const stop = async () => {
    await close();
    process.exit(0);
  };
  process.once("SIGTERM", stop);
  process.once("disconnect", stop);
  // Ctrl-C reaches the whole group; the parent ends its children in order.
  process.on("SIGINT", () => {});
  process.on("message", async ({ id, op, arg }) => {
    try {
      process.send({ id, result: await operations[op](arg) });
    } catch (error) {
      process.send({ id, error: error?.stack ?? String(error) });
    }
  });
}
