/**
 * npm run outages: a hung Redis, a full disk, a stopped worker, under load, one after the other.
 *
 *   npm run outages                                     15 s each
 *   npm run outages -- --seconds 30 --rate 100 --timeout 50 --json
 *   npm run outages -- --only disk --keep               one of them, and leave what the product printed
 *
 * The data folder lies on a small disk in memory that is mounted for it, which takes root; where that is not allowed the
 * full disk is left out, and said to be. Exit code 1 where anything acknowledged is missing, doubled or different. Linux only.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { OUTAGES, runOutages } from "./outages.ts";
import { outagesTable } from "./outagesReport.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "15" },
    rate: { type: "string", default: "60" },
    timeout: { type: "string", default: "50" },
    window: { type: "string", default: "60000" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  },
});
const seconds = Number(values.seconds);
const folder = mkdtempSync(join(tmpdir(), "brigand-outages-"));
const from = performance.now();
const tell = (line: string) =>
  process.stderr.write(`${((performance.now() - from) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
try {
  const report = await runOutages(
    {
      main: fileURLToPath(new URL("../../src/cli/main.js", import.meta.url)),
      seconds: { "redis hung": seconds, "disk full": seconds, "worker stopped": seconds },
      outages: OUTAGES.filter((outage) => outage.startsWith(values.only)),
      usualSeconds: 5,
      rate: Number(values.rate),
      timeoutMs: Number(values.timeout),
      rewardWindowMs: Number(values.window),
      seed: values.seed,
      tell,
    },
    folder,
  );
  process.stdout.write(`${values.json ? JSON.stringify(report) : outagesTable(report)}\n`);
  process.exitCode = report.ok ? 0 : 1;
} finally {
  if (values.keep) tell(`what it printed is in ${folder}`);
  else rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
