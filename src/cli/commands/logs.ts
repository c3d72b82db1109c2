/** brigand logs: decisions of the raw log with their rewards, and one of them explained. */
import { join } from "node:path";
import type { Command } from "commander";
import { layoutOf } from "../../adapters/fs/layout.ts";
import type { Config } from "../../config.ts";
import { BrigandError } from "../../core/errors.ts";
import type { LogFormat, LogQuery } from "../../core/logs/query.ts";
import { type LogsOptions, queryOf, withFilters } from "../logs/options.ts";
import { printJson } from "../output.ts";
import { chosenPolicies } from "../policies.ts";
import { configFrom, withSettings } from "../settings.ts";

export function register(program: Command): void {
  const logs = program
    .command("logs")
    .description("List decisions of the log with their final rewards, oldest first: JSON lines, CSV or Parquet")
    .addHelpText(
      "after",
      `
Examples:
  $ brigand logs --policy home --from 1h
  $ brigand logs --served degraded --from 2026-01-31 --to 2026-02-01
  $ brigand logs --user u1 --explored true --full
  $ brigand logs --version 12 --format csv > decisions.csv
  $ brigand logs --policy home --format parquet --output home.parquet
  $ brigand logs --policy home --served model --format dsjson | vw --cb_explore_adf --dsjson
  $ brigand logs explain home.9f86d081-1767225600000.2f0.9f86d081884c7d65

docs/logs.md names fields and columns. Lines are there until they are downstream and older than walRetentionMs; closed
decisions lie in DATA_DIR/interactions as Parquet for good (docs/interactions.md).`,
    );
  withSettings(withFilters(logs)).action(list);
  const explain = logs
    .command("explain")
    .description(
      "Explain one decision: candidates, scores, features, probabilities, rewards, and its draw repeated bit for bit",
    )
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
  const audit = logs
    .command("audit")
    .description("List what was changed, by whom and when: the newest acts of management, oldest first")
    .option("--limit <n>", "the newest so many; default 1000")
    .option("--json", "one JSON object an act");
  withSettings(audit).action(async (_options: unknown, command: Command) => {
    const { listActs } = await import("../access/told.ts");
    await listActs(command.optsWithGlobals());
  });
  withSettings(explain).action((id: string, _options: unknown, command: Command) =>
    explainOne(id, command.optsWithGlobals()),
  );
}

async function list(options: LogsOptions): Promise<void> {
  const config = configFrom(options);
  const layout = layoutOf(config.dataDir, config.workspace);
  const query = queryOf(options, { config, policies: chosenPolicies([layout.wal], options.policy) });
  const { format, full, output = "-" } = options;
  if (full === true && format !== "jsonl") {
    throw new BrigandError("CB_USAGE_INVALID", { problem: "--full goes with --format jsonl only" });
  }
  if (format === "parquet" && output === "-" && process.stdout.isTTY) {
    throw new BrigandError("CB_USAGE_INVALID", { problem: "Parquet is no text for a terminal; name an --output" });
  }
  const { writeTo } = await import("../logs/destination.ts");
  await writeTo(output, format === "parquet" ? parquetOf(config, query) : textOf(config, { query, format, full }));
}

async function* textOf(
  config: Config,
  what: { query: LogQuery; format: Exclude<LogFormat, "parquet">; full?: boolean },
) {
  const [{ decisionLog }, { listingText }, { columnNames }] = await Promise.all([
    import("../../adapters/fs/decisionLog.ts"),
    import("../../core/logs/text.ts"),
    import("../logs/explain.ts"),
  ]);
  const layout = layoutOf(config.dataDir, config.workspace);
  const names = (policy: string) => columnNames(layout, policy);
  yield* listingText(decisionLog(layout).entries(what.query), { ...what, names });
}

async function* parquetOf({ dataDir, workspace, logExportBytesMax }: Config, query: LogQuery) {
  const [{ decisionLog }, { writeLogParquet }] = await Promise.all([
    import("../../adapters/fs/decisionLog.ts"),
    import("../../adapters/duckdb/logParquet.ts"),
  ]);
  const layout = layoutOf(dataDir, workspace);
  const options = { folder: join(layout.root, "exports"), bytesMax: logExportBytesMax };
  yield* (await writeLogParquet(options, decisionLog(layout).entries(query))).chunks;
}

async function explainOne(
  id: string,
  options: { readonly policy?: string; readonly json?: boolean; readonly [name: string]: unknown },
): Promise<void> {
  const [{ findDecision, columnNames }, { explained }, { printExplained }, { decisionLog }] = await Promise.all([
    import("../logs/explain.ts"),
    import("../../server/explain.ts"),
    import("../logs/told.ts"),
    import("../../adapters/fs/decisionLog.ts"),
  ]);
  const config = configFrom(options);
  const layout = layoutOf(config.dataDir, config.workspace);
  const record = await findDecision(layout, chosenPolicies([layout.wal], options.policy), id);
  const [names, rewards] = await Promise.all([
    columnNames(layout, record.policy),
    decisionLog(layout).rewards(record, Number.POSITIVE_INFINITY),
  ]);
  const told = explained(record, { names, rewards });
  if (!told.replay.same) process.exitCode = 1;
  if (options.json === true) printJson(told);
  else printExplained(told);
}
