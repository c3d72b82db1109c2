/** brigand evaluate: how well a log of events would have been ranked, offline. */
import { randomBytes } from "node:crypto";
import { type Command, Option } from "commander";
import type { Backend } from "../../../training/embed/backends/backend.ts";
import type { AblationRow } from "../../../training/evaluate/ablation.ts";
import type { Events } from "../../../training/evaluate/events.ts";
import type { HistoryRow } from "../../../training/evaluate/history.ts";
import type { Row } from "../../../training/evaluate/methods.ts";
import type { NewItemsRow } from "../../../training/evaluate/newItems.ts";
import type { Split } from "../../../training/evaluate/rankings.ts";
import { systemClock } from "../../adapters/system/clock.ts";
import { type Config, environment, loadConfig } from "../../config.ts";
import { BrigandError } from "../../core/errors.ts";
import type { EventRecord } from "../../core/events/toRecord.ts";
import { printJson, printLine, printNote, printTable } from "../output.ts";
import { startProgress } from "../progress.ts";

interface Options {
  readonly split: number;
  readonly json?: boolean;
  readonly embeddings: boolean;
  readonly newItems?: boolean;
  readonly ablation?: boolean;
}

export function register(program: Command): void {
  program
    .command("evaluate")
    .description("Judge rankers offline on a file of Metarank events: random, logged order, item click rate, Brigand")
    .argument("<file>", "events, one JSON a line, .jsonl or .jsonl.gz")
    .addOption(
      new Option("--split <share>", "share of the answered rankings that is not judged").default(0.8).argParser(share),
    )
    .option("--no-embeddings", "without item vectors: no TensorFlow, half the time")
    .option("--new-items", "also: items that vectors never saw, ranked by their content (one more training)")
    .option(
      "--ablation",
      "also: the same ranker without each part of its columns in turn (one more pass, a dozen learners)",
    )
    .option("--json", "one JSON object a row")
    .addHelpText(
      "after",
      `
Examples:
  $ brigand evaluate events.jsonl.gz
  $ brigand evaluate events.jsonl --split 0.5 --json
  $ brigand evaluate events.jsonl.gz --no-embeddings
  $ brigand evaluate events.jsonl.gz --ablation

It needs neither a server nor Redis and keeps nothing; ids of users become pseudonyms under a key that is thrown away.`,
    )
    .action(evaluate);
}

async function evaluate(file: string, { split: kept, json, embeddings, newItems, ablation }: Options): Promise<void> {
  const [{ evaluateMethods }, { splitRankings }, events] = await Promise.all([
    import("../../../training/evaluate/methods.ts"),
    import("../../../training/evaluate/rankings.ts"),
    readEvents(file, json),
  ]);
  reportBad(events, json);
  const records = events.inOrder();
  const split = splitRankings(records, kept);
  if (split.test.length === 0) {
    const problem = `${file} has no ranking to judge: none after the split has an interaction that names it`;
    throw new BrigandError(
      "CB_COMMAND_FAILED",
      { problem },
      "Events must hold rankings, and interactions with the id of their ranking.",
    );
  }
  const progress = startProgress({ title: "evaluating", total: 2 * records.length, unit: "events", json });
  const onProgress = (done: number, note: string) => progress.update(Math.round(done * 2 * records.length), note);
  const backend = embeddings ? await backendFor(loadConfig(environment(), {})) : undefined;
  const { elapsed } = systemClock;
  const report = evaluateMethods(records, { split, onProgress, backend, elapsed, ablation });
  onProgress(1, "");
  progress.end();
  const fresh = newItems === true ? await judgeNewItems(records, split, backend) : undefined;
  const { rows, history, ablation: without } = report;
  if (json === true)
    for (const row of [...rows, ...history, ...without, ...(fresh === undefined ? [] : [fresh])]) printJson(row);
  else {
    printReport(rows, { judged: split.test.length, rankings: split.rankings.length, share: kept });
    printHistory(history);
    if (without.length > 0) printAblation(without);
    if (fresh !== undefined) printNewItems(fresh);
  }
}

async function backendFor(config: Config): Promise<Backend> {
  const { chooseBackend } = await import("../../../training/embed/backends/choose.ts");
  return chooseBackend(config.embedBackend);
}

/** As if one item in five had arrived at the split. */
async function judgeNewItems(records: readonly EventRecord[], split: Split, backend: Backend | undefined) {
  const { newItemsRow } = await import("../../../training/evaluate/newItems.ts");
  return backend && newItemsRow(records, split, backend);
}

function printNewItems(row: NewItemsRow): void {
  printLine("");
  printLine(
    `New items: ${row.newItems} items left out of the vectors, ${row.rankings} lists cut down to them: NDCG@10 ${row.vectors.toFixed(4)} by content and the user's history, ${row.itemRate.toFixed(4)} by rate, difference ${signed(row.diff)} ${interval(row.diffLow, row.diffHigh)}.`,
  );
}

async function readEvents(file: string, json: boolean | undefined): Promise<Events> {
  const [{ Events: Reader }, { readEventFile }, { pseudonymiser }] = await Promise.all([
    import("../../../training/evaluate/events.ts"),
    import("../../adapters/fs/eventFile.ts"),
    import("../../adapters/crypto/subject.ts"),
  ]);
  const pseudonym = pseudonymiser({ key: randomBytes(32), keyVersion: 1 });
  const { futureSkewMaxMs } = loadConfig(environment(), {});
  const events = new Reader({ pseudonym, now: systemClock.now(), futureSkewMaxMs });
  let progress: ReturnType<typeof startProgress> | undefined;
  for await (const { lines, bytes, bytesRead } of readEventFile(file)) {
    progress ??= startProgress({ title: "reading", total: bytes, unit: "bytes", json });
    for (const line of lines) events.add(line);
    progress.update(bytesRead);
  }
  progress?.end(`${events.records.length} events`);
  return events;
}

function reportBad({ bad, repeated }: Events, json: boolean | undefined): void {
  for (const [code, { n, firstLines, message }] of bad) {
    const lines = `${firstLines.join(", ")}${n > firstLines.length ? ", …" : ""}`;
    printNote(
      `${n} bad ${n === 1 ? "line" : "lines"} left out: ${code} (${n === 1 ? "line" : "lines"} ${lines}): ${message}`,
    );
  }
  if (repeated > 0 && json !== true) printNote(`${repeated} repeated events left out (same kind and id)`);
}

function printReport(
  rows: readonly Row[],
  { judged, rankings, share: kept }: { judged: number; rankings: number; share: number },
): void {
  printTable([
    ["method", "feedback", "NDCG@10", "95 %", "less item rate", "95 %", "by vectors", "95 %"],
    ...rows.map((row) => [
      row.method,
      row.protocol === "any" ? "none" : row.protocol,
      row.ndcg10.toFixed(4),
      `[${row.low.toFixed(4)}, ${row.high.toFixed(4)}]`,
      row.diff === undefined ? "" : signed(row.diff),
      interval(row.diffLow, row.diffHigh),
      row.gain === undefined ? "" : signed(row.gain),
      interval(row.gainLow, row.gainHigh),
    ]),
  ]);
  printLine("");
  printLine(
    `Judged: the last ${judged} answered rankings by time, after the first ${percent(kept)} of them; ${rankings} rankings in all.`,
  );
  printLine(
    "A ranking is scored from what is strictly before it; feedback counts from its own time stamps on (item click rate: 5 s after its ranking).",
  );
  printLine(
    "frozen: weights and item rates stand still at the split, users' own histories go on. progressive: everything goes on.",
  );
  printLine("by vectors: what item vectors and the user's posterior add, paired against the same ranker without them.");
  const training = rows.find((row) => row.training !== undefined)?.training;
  if (training !== undefined)
    printLine(
      `Vectors: ${training.trainings} trainings in ${training.seconds.toFixed(1)} s by TensorFlow.js (${training.backend}), each from rows strictly before; loss of the last, by step, in nats a row: ${training.losses.map((loss) => loss.toFixed(3)).join(" ")}.`,
    );
  printLine(
    "Intervals: bootstrap over rankings, 2,000 resamples; differences are paired. random: mean of 20 shuffles.",
  );
}

function interval(low: number | undefined, high: number | undefined): string {
  return low === undefined || high === undefined ? "" : `[${signed(low)}, ${signed(high)}]`;
}

/** What each part is worth, in the order of the ranker's columns. */
function printAblation(rows: readonly AblationRow[]): void {
  printLine("");
  printTable([
    ["progressive without", "columns", "NDCG@10", "95 %", "change", "95 %"],
    ...rows.map((row) => [
      row.off,
      String(row.columns),
      row.ndcg10.toFixed(4),
      `[${row.low.toFixed(4)}, ${row.high.toFixed(4)}]`,
      signed(row.change),
      interval(row.changeLow, row.changeHigh),
    ]),
  ]);
}

/** By what is known of the user: lists shown before whose feedback had come. */
function printHistory(history: readonly HistoryRow[]): void {
  printLine("");
  printTable([
    ["user's earlier lists", "rankings", "item click rate", "brigand", "difference", "95 %"],
    ...history.map((row) => [
      row.earlierLists === LISTS_MAX ? `${LISTS_MAX} or more` : String(row.earlierLists),
      String(row.rankings),
      row.itemRate.toFixed(4),
      row.ours.toFixed(4),
      signed(row.diff),
      interval(row.diffLow, row.diffHigh),
    ]),
  ]);
}

/** The last group of training/evaluate/history.ts, which is loaded later. */
const LISTS_MAX = 4;

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value < 1) return value;
  throw new BrigandError("CB_USAGE_INVALID", { problem: `--split takes a share between 0 and 1; "${text}" came` });
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(4)}`;
}

function percent(value: number): string {
  return `${Number((100 * value).toFixed(2))} %`;
}
