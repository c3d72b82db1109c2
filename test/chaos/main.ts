/**
 * npm run chaos: kills the product's processes under load and proves that nothing acknowledged is lost or counted twice.
 *
 *   npm run chaos                          20 kills each of server, worker, trainer and Redis
 *   npm run chaos -- --kills 5 --seed 7 --seconds 60 --json
 *   npm run chaos -- --redis-away 60       Redis is away for a minute; ranking goes on
 *
 * Exit code 1 where anything is missing, doubled or different. Linux only: it finds processes by /proc.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readCommandLine } from "./options.ts";
import { tableOf } from "./report.ts";
import { runChaos } from "./run.ts";

const { json, keep, ...options } = readCommandLine(process.argv.slice(2));
const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "brigand-chaos-"));
const from = performance.now();
const tell = (line: string) =>
  process.stderr.write(`${((performance.now() - from) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
try {
  const report = await runChaos({ ...options, main, tell }, folder);
  process.stdout.write(`${json ? JSON.stringify(report) : tableOf(report)}\n`);
  process.exitCode = report.ok ? 0 : 1;
} finally {
  if (keep) tell(`left in ${folder}`);
  else rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
