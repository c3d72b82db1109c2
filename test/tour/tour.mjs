/**
 * npm run tour [-- --rate 50 --data ../shared/data --json]
 *
 * Real data through the whole product: RankLens up to a cut is imported and learned, the rest comes as live traffic,
 * then two users part ways on one list. docs/tour.md says what is asked of the figures; it exits with 1 where one
 * falls short.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { eventsFile, readEvents, splitByTime } from "./data.mjs";
import { twoUsers } from "./personal.mjs";
import { runCommand, send, startProduct, until } from "./product.mjs";
import { replayLive } from "./replay.mjs";
import { describe } from "./report.mjs";

const POLICY = "movies";
const SHARE = 0.8;
const TRAIN_MS = 120_000;
const QUIET_MS = 3000;

const { values } = parseArgs({
  options: {
    rate: { type: "string", default: "50" },
    data: { type: "string" },
    dist: { type: "string", default: resolve(import.meta.dirname, "../../dist") },
    json: { type: "boolean", default: false },
  },
});
const main = join(resolve(values.dist), "src", "cli", "main.js");
const file = eventsFile(values.data);
if (file === undefined)
  stop("ranklens/events.jsonl.gz is missing: put the shared data beside the project, or name its folder by --data");
if (!existsSync(main)) stop("dist/ is missing: run node prepare.mjs start");
if (!(Number(values.rate) > 0)) stop(`--rate takes rankings a second; "${values.rate}" came`);

const folder = mkdtempSync(join(tmpdir(), "brigand-tour-"));
try {
  const report = await tour();
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : describe(report));
  process.exitCode = report.failed.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

async function tour() {
  const data = readEvents(file);
  const { known, live, answered } = splitByTime(data, SHARE);
  const part = join(folder, "known.jsonl");
  writeFileSync(part, `${known.join("\n")}\n`);
  tell(
    `${data.lines.length} events; ${known.length} of them up to the cut, ${live.length} of ${answered} answered rankings after it`,
  );
  const dataDir = join(folder, "data");
  const product = await startProduct({ main, dataDir });
  const { url } = product;
  const interrupted = () => product.stop().then(() => process.exit(1));
  process.once("SIGINT", interrupted);
  let end;
  try {
    tell(`ready at ${url}`);
    const imported = JSON.parse(
      await runCommand(main, ["import", part, "--policy", POLICY, "--data-dir", dataDir, "--json"]),
    );
    tell(`imported ${imported.accepted} events in ${imported.seconds.toFixed(1)} s`);
    const trained = await trainedVersion(url);
    tell(`version ${trained.version} serves, ${trained.seconds.toFixed(1)} s after the import`);
    const replay = await replayLive({
      url,
      policy: POLICY,
      live,
      clicks: data.clicks,
      rate: Number(values.rate),
      onProgress: progress(live.length),
    });
    const machine = { cores: cpus().length, load: loadavg()[0] };
    const people = await twoUsers({ url, policy: POLICY, items: data.items });
    end = { imported, trained, machine, replay, people };
  } finally {
    const { left, counted } = await product.stop();
    process.removeListener("SIGINT", interrupted);
    if (end !== undefined) end.processes = { counted, left };
    if (end === undefined) process.stderr.write(product.output());
  }
  const failed = [...end.replay.failed, ...end.people.failed];
  if (end.processes.left.length > 0) failed.push(`processes are left: ${end.processes.left.join(", ")}`);
  return { rate: Number(values.rate), known: known.length, ...end, failed };
}

/** Waits for a trained version and then until no newer one comes: all that was imported is learned. */
async function trainedVersion(url) {
  const from = performance.now();
  let last = { version: 0, at: from };
  await until(TRAIN_MS, "a trained version serves", async () => {
    const { models } = await send(`${url}/v1/models`);
    const version = models.find(({ policy }) => policy === POLICY)?.serving ?? 0;
    if (version !== last.version) last = { version, at: performance.now() };
    return last.version > 0 && performance.now() - last.at > QUIET_MS;
  });
  return { version: last.version, seconds: (last.at - from) / 1000 };
}

function progress(total) {
  return (done, { errors, versions }) => {
    if (done % 250 === 0 || done === total)
      tell(`${done} of ${total} rankings, ${versions.size} versions, ${errors.length} errors`);
  };
}

function tell(line) {
  process.stderr.write(`tour: ${line}\n`);
}

function stop(line) {
  process.stderr.write(`tour: ${line}\n`);
  process.exit(1);
}
