/** brigand simulate: the whole product in a world whose truth is known. */
import { writeFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import type { CompareOptions } from "../../../training/simulate/compare.ts";
import type { ReportRow } from "../../../training/simulate/report.ts";
import { BrigandError } from "../../core/errors.ts";
import { explorers as all } from "../../core/explore/explorers.ts";
import type { Earned } from "../../core/simulator/run.ts";
import { printJson, printLine, printNote, printTable } from "../output.ts";
import { startProgress } from "../progress.ts";

/** Private ones are drawn by the server alone, with the operating system's noise. */
const known = all.filter((explorer) => explorer.private !== true);

interface Options {
  readonly steps: number;
  readonly seeds: number;
  readonly seed: string;
  readonly drift?: boolean;
  readonly withoutForgetting?: boolean;
  readonly delay: number;
  readonly explorers: readonly string[];
  readonly out?: string;
  readonly json?: boolean;
}

/** Shares before and after a change need four windows of 500 on one side and one on the other. */
const DRIFT_STEPS_MIN = 4000;
/** How the twin's name ends, in `training/simulate/compare.ts`. */
const FORGETTING_NOTHING = "forgetting nothing";
const STEPS_MAX = 1_000_000;
const SEEDS_MAX = 1000;
const DELAY_MAX_MS = 600_000;

export function register(program: Command): void {
  program
    .command("simulate")
    .description(
      "Play Brigand against simulated users whose true tastes are known, beside an oracle and simple rankers",
    )
    .addOption(steps("--steps <n>", "decisions a world", { default: 20_000, min: 1, max: STEPS_MAX }))
    .addOption(steps("--seeds <n>", "worlds; intervals are over them", { default: 5, min: 1, max: SEEDS_MAX }))
    .option("--seed <text>", "other worlds, other luck", "brigand")
    .option("--drift", "half way, qualities change hands and the tastes of user segments turn round")
    .option("--without-forgetting", "with --drift: the first explorer once more, forgetting nothing")
    .addOption(steps("--delay <ms>", "longest delay of a click", { default: 0, min: 0, max: DELAY_MAX_MS }))
    .addOption(
      new Option("--explorer, --explorers <names>", "explorers to compare, with commas; the report is about the first")
        .default(["plackettLuce", "epsilonGreedy"], "plackettLuce,epsilonGreedy")
        .argParser(explorerNames),
    )
    .option("--out <file>", "picture as SVG: clicks behind the oracle; with --drift, clicks a list by time")
    .option("--json", "one JSON object a ranker")
    .addHelpText(
      "after",
      `
Examples:
  $ brigand simulate                             20,000 decisions in each of 5 worlds, about a minute
  $ brigand simulate --drift --out drift.svg     how fast it finds back when the world changes
  $ brigand simulate --drift --without-forgetting   what forgetting is worth when it does
  $ brigand simulate --steps 5000 --delay 60000  clicks come up to a minute late
  $ brigand simulate --explorers plackettLuce,ucb,greedy --json

A decision shows 4 of 20 candidates to one of 500 users who come back; all rankers see the same users, candidates and
luck. Brigand runs whole: encoder, learner, explorer, draw, log records and join, on a virtual clock, with new weights
every 20 decisions. It knows nothing at the start.
  oracle       knows every click probability: nobody can do better
  best fixed   the best ranking that is the same for everybody, known beforehand
  uniform      shows candidates at random
Totals are true expected clicks of the lists shown. "ahead" is what the first ranker has more, paired by world, with
its 95 % t-interval. Needs neither server nor Redis and keeps nothing. More: docs/simulator.md.`,
    )
    .action(simulateAll);
}

async function simulateAll(options: Options): Promise<void> {
  const given = setup(options);
  const [{ compare }, { report }] = await Promise.all([
    import("../../../training/simulate/compare.ts"),
    import("../../../training/simulate/report.ts"),
  ]);
  const total = given.steps * given.seeds;
  const progress = startProgress({ title: "simulating", total, unit: "decisions", json: options.json });
  const runs = await compare({ ...given, onStep: (done) => progress.update(done) });
  progress.end();
  const rows = report(runs, given.driftAt);
  if (options.json === true) {
    for (const row of rows) printJson({ ...row, steps: given.steps, seeds: given.seeds, driftAt: given.driftAt });
  } else print(rows, given);
  if (options.out !== undefined) await draw(runs, { file: options.out, driftAt: given.driftAt });
}

function setup({ steps, seeds, seed, drift, withoutForgetting, delay, explorers }: Options): CompareOptions {
  const given = { steps, seeds, seed, delayMs: delay, explorers };
  if (drift !== true) {
    if (withoutForgetting === true) throw usage("--without-forgetting goes with --drift");
    return given;
  }
  if (steps < DRIFT_STEPS_MIN) throw usage(`--drift needs --steps of at least ${DRIFT_STEPS_MIN}; ${steps} came`);
  return { ...given, driftAt: Math.floor(steps / 2), unforgetting: withoutForgetting };
}

function print(rows: readonly ReportRow[], { steps, seeds, driftAt }: CompareOptions): void {
  const sorted = [...rows].sort((a, b) => b.total.mean - a.total.mean);
  printTable([
    ["ranker", "clicks", "± sd", "share of oracle", `${rows[0].ranker} is ahead by`, "95 %"],
    ...sorted.map(({ ranker, total, shareOfOracle, ahead }) => [
      ranker,
      total.mean.toFixed(0),
      total.sd?.toFixed(0) ?? "",
      shareOfOracle.mean.toFixed(3),
      ahead === undefined ? "" : signed(ahead.mean),
      ahead?.low === undefined || ahead.high === undefined ? "" : `[${signed(ahead.low)}, ${signed(ahead.high)}]`,
    ]),
  ]);
  printLine("");
  const change = driftAt === undefined ? "" : `, which change after ${driftAt} decisions`;
  printLine(
    `${steps} decisions in ${seeds === 1 ? "one world" : `each of ${seeds} worlds`}${change}; clicks are true expectations of the lists shown.`,
  );
  for (const row of rows) if (row.recovery !== undefined && row.ranker.startsWith("brigand")) printLine(recovered(row));
  const twin = rows.find(({ ranker }) => ranker.endsWith(FORGETTING_NOTHING));
  if (twin?.regretRatio !== undefined) printLine(forgot(rows[0], twin));
}

function forgot({ ranker, regretAfter }: ReportRow, twin: ReportRow): string {
  const { mean, low, high } = twin.regretRatio ?? { mean: 1 };
  const spread = low === undefined || high === undefined ? "" : ` [${low.toFixed(2)}, ${high.toFixed(2)}]`;
  const clicks = (regret?: { readonly mean: number }) => regret?.mean.toFixed(0) ?? "";
  return `Clicks behind the oracle after the change: ${clicks(regretAfter)} of ${ranker}, ${clicks(twin.regretAfter)} of ${twin.ranker}; by world ${mean.toFixed(2)} times as many${spread}.`;
}

function recovered({ ranker, recovery }: ReportRow): string {
  if (recovery === undefined) return "";
  const { before, fall, decisions, bySeed } = recovery;
  const reached =
    decisions === undefined ? "not again back to 90 % of that" : `back to 90 % of that after ${decisions} decisions`;
  const each = bySeed.map((n) => n ?? "never").join(", ");
  return `${ranker}: ${before.toFixed(3)} of the oracle before the change, ${fall.toFixed(3)} just after it, ${reached} (world by world: ${each}).`;
}

async function draw(
  runs: readonly (readonly Earned[])[],
  { file, driftAt }: { file: string; driftAt?: number },
): Promise<void> {
  const [{ regretChart }, { summarise }] = await Promise.all([
    import("../../adapters/charts/regret.ts"),
    import("../../core/simulator/table.ts"),
  ]);
  const windowSteps = Math.max(1, Math.min(500, Math.floor(runs[0][0].expected.length / 20)));
  const summary = summarise(runs, { windowSteps });
  const measure = driftAt === undefined ? "regret" : "rate";
  const title = driftAt === undefined ? "Clicks behind the oracle" : "Clicks a list when the world changes";
  await writeFile(file, regretChart(summary, { title, measure, driftAt }));
  printNote(`picture: ${file}`);
}

function steps(flags: string, description: string, bounds: { default: number; min: number; max: number }): Option {
  return new Option(flags, description).default(bounds.default).argParser((text: string) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= bounds.min && value <= bounds.max) return value;
    throw usage(`${flags.split(" ")[0]} takes a whole number from ${bounds.min} to ${bounds.max}; "${text}" came`);
  });
}

function explorerNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !known.some((explorer) => explorer.name === name));
  if (unknown !== undefined) {
    throw usage(`--explorers takes ${known.map(({ name }) => name).join(", ")}; "${unknown}" came`);
  }
  if (new Set(names).size < names.length) throw usage(`--explorers takes each name once; "${text}" came`);
  return names;
}

function usage(problem: string): BrigandError {
  return new BrigandError("CB_USAGE_INVALID", { problem });
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(0)}`;
}
