/** CPU seconds of a process and its descendants, from /proc; empty where there is none. */
import { readdirSync, readFileSync } from "node:fs";

const TICKS_PER_SECOND = 100;

/** One entry a process: what it runs, and user + system seconds so far. */
export function cpuOfTree(root) {
  const entries = new Map();
  const visit = (pid) => {
    const stat = textOf(`/proc/${pid}/stat`);
    if (stat === "") return;
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    entries.set(pid, { name: nameOf(pid), seconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND });
    for (const task of foldersOf(`/proc/${pid}/task`)) {
      for (const child of textOf(`/proc/${pid}/task/${task}/children`).split(" ").filter(Boolean)) visit(Number(child));
    }
  };
  visit(root);
  return entries;
}

function nameOf(pid) {
  const args = textOf(`/proc/${pid}/cmdline`).split("\0").filter(Boolean);
  const line = args.join(" ");
  if (/redis-server|valkey-server/.test(line)) return "redis";
  if (/bullmq/.test(line)) return "trainer";
  return /main\.js (\w+)/.exec(line)?.[1] ?? args[1]?.split("/").at(-1) ?? "?";
}

function textOf(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function foldersOf(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
