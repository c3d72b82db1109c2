/** brigand logs: decision lines of the raw log, and one of them explained. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { layoutOf } from "../../adapters/fs/layout.ts";
import { systemClock } from "../../adapters/system/clock.ts";
import { parseTime } from "../../core/events/time.ts";
import { printJson, printLine } from "../output.ts";
import { chosenPolicies } from "../policies.ts";
import { configFrom, withSettings } from "../settings.ts";

interface Options {
  readonly policy?: string;
  readonly since?: number;
  readonly until?: number;
  readonly subject?: string;
  readonly version?: number;
  readonly served?: string;
  readonly limit?: number;
  readonly format: "jsonl" | "csv";
  readonly full?: boolean;
  readonly [name: string]: unknown;
}

/** Lines that are written at once. */
const CHUNK_CHARACTERS = 64 * 1024;

export function register(program: Command): void {
  const logs = program
    .command("logs")
    .description("Print decision lines of the log, oldest first: JSON lines or CSV")
    .option("--policy <name>", "only this policy; without it one after another")
    .addOption(
      new Option(
        "--since <time>",
        "decisions from then on: ISO 8601, milliseconds, or an age such as 30m, 2h, 7d",
      ).argParser(time),
    )
    .addOption(new Option("--until <time>", "decisions before then, written likewise").argParser(time))
    .option("--subject <pseudonym>", "of this user or session, by the pseudonym that stands in the lines")
    .addOption(
      new Option("--version <number>", "scored by this version of the model; 0: the seed model").argParser(whole),
    )
    .addOption(new Option("--served <who>", "answered so").choices(["model", "baseline", "degraded"]))
    .addOption(new Option("--limit <number>", "at most so many lines").argParser(whole))
    .addOption(new Option("--format <name>", "how to print them").choices(["jsonl", "csv"]).default("jsonl"))
    .option("--full", "with scores, uncertainties and features")
    .addHelpText(
      "after",
      `
Examples:
  $ brigand logs --policy home --since 1h
  $ brigand logs --served degraded --since 2026-01-31 --until 2026-02-01
  $ brigand logs --version 12 --format csv > decisions.csv
  $ brigand logs explain home.9f86d081-1767225600000.2f0.9f86d081884c7d65

docs/logs.md names the fields. Lines are there until they are downstream and older than walRetentionMs; closed
decisions with their rewards lie in DATA_DIR/interactions as Parquet (docs/interactions.md).`,
    );
  withSettings(logs).action(list);
  const explain = logs
    .command("explain")
    .description("Explain one decision: candidates, features, scores, probabilities, and its draw repeated bit for bit")
    .argument("<decisionId>", "id of the answer or of the caller")
    .option("--policy <name>", "only look in this policy")
    .option("--json", "what GET /v1/decisions/{id} answers, as one line of JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ brigand logs explain home.9f86d081-1767225600000.2f0.9f86d081884c7d65
  $ brigand logs explain checkout-1 --policy home --json

Ids that Brigand made name their place in the log; an id of the caller's is looked for from the log's beginning.
Exit code 1 when the draw repeated differs from the line.`,
    );
  withSettings(explain).action((id: string, _options: unknown, command: Command) =>
    explainOne(id, command.optsWithGlobals()),
  );
}

async function list(options: Options): Promise<void> {
  const { decisionsOf, fullLine } = await import("../logs/decisions.ts");
  const { csvHeader, csvRow, fieldsOf } = await import("../logs/formats.ts");
  const config = configFrom(options);
  const layout = layoutOf(config.dataDir, config.workspace);
  const { policy, format, full = false, since, until, subject, version, served, limit } = options;
  const policies = chosenPolicies([layout.wal], policy);
  const csv = format === "csv";
  let chunk = csv ? `${csvHeader(full)}\r\n` : "";
  for await (const { frame, head } of decisionsOf({
    layout,
    policies,
    since,
    until,
    subject,
    version,
    served,
    limit,
  })) {
    const fields = fieldsOf(head, full ? fullLine(frame) : undefined);
    chunk += csv ? `${csvRow(fields, full)}\r\n` : `${JSON.stringify(fields)}\n`;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    printLine(chunk.slice(0, -1));
    chunk = "";
  }
  if (chunk !== "") printLine(chunk.slice(0, -1));
}

async function explainOne(
  id: string,
  options: { readonly policy?: string; readonly json?: boolean; readonly [name: string]: unknown },
): Promise<void> {
  const [{ findDecision, columnNames }, { explained }, { printExplained }] = await Promise.all([
    import("../logs/explain.ts"),
    import("../../server/explain.ts"),
    import("../logs/told.ts"),
  ]);
  const config = configFrom(options);
  const layout = layoutOf(config.dataDir, config.workspace);
  const record = await findDecision(layout, chosenPolicies([layout.wal], options.policy), id);
  const told = explained(record, await columnNames(layout, record.policy));
  if (!told.replay.same) process.exitCode = 1;
  if (options.json === true) printJson(told);
  else printExplained(told);
}

const UNITS: { readonly [unit: string]: number } = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function time(text: string): number {
  const [, n, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (unit !== undefined) return systemClock.now() - Number(n) * UNITS[unit];
  try {
    return parseTime(text, { now: Number.MAX_SAFE_INTEGER, futureSkewMaxMs: 0 });
  } catch {
    throw new InvalidArgumentError("It takes ISO 8601, milliseconds since 1970, or an age such as 30m, 2h, 7d.");
  }
}

function whole(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It takes a whole number.");
}
